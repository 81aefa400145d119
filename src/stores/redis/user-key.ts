import { createHash } from 'node:crypto'

const digestLength = 21 // with the mark and our prefix, the longest for which Redis takes 16 bytes less
const mark = '@' // stands in no handle

/** What stands for a user in keys: it does not show the user id, and is short whatever characters that has, lone surrogates too. */
export function digestOfUser(userId: string): string {
  return createHash('sha256').update(userId, 'utf16le').digest('base64url').slice(0, digestLength)
}

/** What follows the prefix in the key of a user's index. */
export function userKey(userId: string): string {
  return mark + digestOfUser(userId)
}

/** Whether what follows the prefix makes a key that of a user's index. */
export function isUserKey(text: string): boolean {
  return text.length === mark.length + digestLength && /^@[\w-]+$/.test(text)
}
