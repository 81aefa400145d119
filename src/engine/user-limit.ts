import { InvalidOptionError, SessionLimitError, SignInRevokedError } from '../errors.js'
import type { AddResult } from '../store.js'

/** How many sessions a user may have: the option `maxSessionsPerUser`. */
export type UserLimit = number | ((userId: string) => number | Promise<number>)

export function isUserLimit(value: unknown): value is UserLimit {
  return typeof value === 'function' || isCount(value)
}

/** How many sessions this user may have. Rejects with `InvalidOptionError` if the application's function returns something else. */
export async function mostSessions(limit: UserLimit, userId: string): Promise<number> {
  if (typeof limit === 'number') return limit
  const most: unknown = await limit(userId)
  if (isCount(most)) return most
  throw new InvalidOptionError('maxSessionsPerUser', 'returned something else than a whole number greater than zero')
}

function isCount(value: unknown): value is number {
  return value === Infinity || (Number.isSafeInteger(value) && (value as number) >= 1)
}

/** An entry that is about to be added to a user's index. */
interface Entering {
  readonly most: number
  /** Whether a session too many is refused. Otherwise the caller ends the oldest. */
  readonly refuses: boolean
  add(limit: number | undefined): Promise<AddResult>
  /** Drops the entries that lead to nothing any more. Resolves to whether there were any. */
  dropLost(): Promise<boolean>
}

/**
 * Adds an entry, unless the user was signed out everywhere since its request was opened. Resolves to how many others the user has, or to
 * `undefined` if the session must exist and does not.
 *
 * @throws SignInRevokedError · SessionLimitError
 */
export async function enterWithin({ most, refuses, add, dropLost }: Entering): Promise<number | undefined> {
  const limit = refuses && most !== Infinity ? most : undefined
  for (let isHealed = false; ; isHealed = true) {
    const result = await add(limit)
    if (result.status === 'added') return result.others
    if (result.status === 'absent') return undefined
    if (result.status === 'revoked') throw new SignInRevokedError()
    // Some entries may lead to nothing any more.
    if (isHealed || !(await dropLost())) throw new SessionLimitError(most)
  }
}
