import { createHash } from 'node:crypto'
import type { Handle } from '../store.js'

/** The public name of a session whose id is its secret: what events show. */
export function handleOf(id: string): Handle {
  return createHash('sha256').update(id).digest().subarray(0, 16).toString('base64url') as Handle
}
