import { createHash } from 'node:crypto'
import type { Handle } from '../../store.js'

/** The public name of a session whose id is its secret: what events show. Whatever else an application has as an id has one, too. */
export function handleOf(id: unknown): Handle {
  return createHash('sha256')
    .update(textOf(id) ?? '')
    .digest()
    .subarray(0, 16)
    .toString('base64url') as Handle
}

/** As stores do it. Throws for what has no text. */
export function behind(prefix: string, id: unknown): string {
  return prefix + (id as string)
}

/** What is handed over as an id as text, as stores put it behind a prefix; nothing for what has none, and so is nobody's id. */
export function textOf(id: unknown): string | undefined {
  if (typeof id === 'string') return id
  try {
    return behind('', id)
  } catch {
    return undefined
  }
}
