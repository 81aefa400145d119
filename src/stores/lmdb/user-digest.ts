import { createHash } from 'node:crypto'

/** The key of a user: short, whatever the id is. Of its UTF-16, because UTF-8 has the same bytes for all halves of surrogate pairs. */
export function digestOfUser(userId: string): string {
  return createHash('sha256').update(userId, 'utf16le').digest('base64url').slice(0, 22)
}
