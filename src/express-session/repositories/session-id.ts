import { createHash } from 'node:crypto'
import type { Handle } from '../../store.js'

/** The public name of a session, for events, because its id is its secret. Works for any value that an application uses as an id. */
export function handleOf(id: unknown): Handle {
  const digest = createHash('sha256').update(keyOf(id)).digest()
  return digest.subarray(0, 16).toString('base64url') as Handle
}

/** The id after a prefix, as stores make their keys. Throws for an id that cannot be converted to a string. */
export function withPrefix(prefix: string, id: unknown): string {
  return prefix + (id as string)
}

/** The id as a string, as stores see it; `undefined` for an id that cannot be converted, which no session has. */
export function idText(id: unknown): string | undefined {
  if (typeof id === 'string') return id
  try {
    return withPrefix('', id)
  } catch {
    return undefined
  }
}

/** The id as the key of something in this process's memory, such as a lock. */
export function keyOf(id: unknown): string {
  return idText(id) ?? ''
}
