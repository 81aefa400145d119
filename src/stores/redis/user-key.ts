import { createHash } from 'node:crypto'

const digestLength = 22

/** What follows the prefix in the key of a user's index. It does not show the user id, and is short whatever characters that has. */
export function userKey(userId: string): string {
  return `user:${createHash('sha256').update(userId).digest('base64url').slice(0, digestLength)}`
}

/** Whether what follows the prefix makes a key that of a user's index. */
export function isUserKey(text: string): boolean {
  return text.length === 'user:'.length + digestLength && /^user:[\w-]+$/.test(text)
}
