import { createHash } from 'node:crypto'
import type { Handle } from '../../store.js'

/** The public name of a session, for events: its id is its secret. Any value that an application uses as an id has one. */
export function handleOf(id: unknown): Handle {
  const digest = createHash('sha256')
    .update(idText(id) ?? '')
    .digest()
  return digest.subarray(0, 16).toString('base64url') as Handle
}

/** The id behind a prefix, as stores make their keys. Throws for an id that has no text form. */
export function withPrefix(prefix: string, id: unknown): string {
  return prefix + (id as string)
}

/** The id as text, as stores see it. No session has an id without a text form: `undefined`. */
export function idText(id: unknown): string | undefined {
  if (typeof id === 'string') return id
  try {
    return withPrefix('', id)
  } catch {
    return undefined
  }
}
