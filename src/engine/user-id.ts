import { InvalidArgumentError } from '../errors.js'

const maxUserIdLength = 512

/** The user id as text. Throws `InvalidArgumentError` for anything else. */
export function checkUserId(userId: unknown): string {
  const id = Number.isSafeInteger(userId) ? String(userId) : userId
  if (typeof id === 'string' && id !== '' && id.length <= maxUserIdLength) return id
  throw new InvalidArgumentError(
    `A user id must be a whole number or text of 1 to ${maxUserIdLength} characters; pass others as String(id).`,
  )
}

/** The user that a function of the application found; `undefined` if nobody. Throws `InvalidArgumentError` for what cannot be a user id. */
export function checkFoundUser(found: unknown): string | undefined {
  return found === undefined || found === null || found === '' ? undefined : checkUserId(found)
}
