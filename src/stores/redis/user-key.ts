import { createHash } from 'node:crypto'

/** What stands for a user in keys: it does not show the user id, and is short and safe whatever characters that has. */
export function digestOfUser(userId: string): string {
  return createHash('sha256').update(userId).digest('base64url').slice(0, 22)
}
