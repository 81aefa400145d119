import { createHash } from 'node:crypto'

/** What stands for a user in keys: it does not show the user id, and is short whatever characters that has, lone surrogates too. */
export function digestOfUser(userId: string): string {
  return createHash('sha256').update(userId, 'utf16le').digest('base64url').slice(0, 22)
}
