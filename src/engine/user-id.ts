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

/** What `String()` makes of values that are no users: all of them would be one user. */
const noUsers: readonly unknown[] = ['[object Object]', 'undefined', 'NaN']

/** The user that the option `userId` found; `undefined` if nobody. Throws `InvalidArgumentError` for what cannot be a user id. */
export function checkFoundUser(found: unknown): string | undefined {
  if (found === undefined || found === null || found === '') return undefined
  const isMistake = typeof found === 'string' && noUsers.includes(found)
  if (typeof found !== 'object' && !isMistake) return checkUserId(found)
  const what = isMistake ? `'${found}'` : 'an object'
  throw new InvalidArgumentError(
    `The option userId gave ${what}, which is no user: return its id, such as passport?.user?.id.`,
  )
}
