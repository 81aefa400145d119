import type { SessionsOptions } from '../../options.js'
import { isUserLimit, type UserLimit } from '../../engine/user-limit.js'
import { checkOption } from '../../options/check-option.js'
import { parseTimeout } from '../../options/duration.js'

/** The options about users, checked and with their defaults. */
export interface UserPolicy {
  /** `Infinity` for no limit. */
  readonly maxSessionsPerUser: UserLimit
  readonly onOverflow: 'end-oldest' | 'refuse'
  /** Finds the user in the data, if the application writes it there itself. */
  readonly userIdOf: ((data: Record<string, unknown>) => unknown) | undefined
  /** How long the journal keeps an entry; `undefined` if none is kept. */
  readonly journalMs: number | undefined
}

/** Throws `InvalidOptionError`. */
export function parseUserOptions(options: SessionsOptions): UserPolicy {
  return { ...parseLimit(options), userIdOf: parseUserId(options), journalMs: parseJournal(options) }
}

function parseJournal({ journal, store }: SessionsOptions): number | undefined {
  if (journal === undefined) return undefined
  const isKept = store === undefined || store.journal !== undefined
  checkOption(isKept, 'journal', 'needs a store that can keep one, such as redisStore')
  return parseTimeout('journal', journal)
}

function parseUserId({ userId }: SessionsOptions): UserPolicy['userIdOf'] {
  const isFunction = userId === undefined || typeof userId === 'function'
  checkOption(
    isFunction,
    'userId',
    'must be a function that finds the user id in the data; to sign in, call session.signIn(id)',
  )
  return userId
}

function parseLimit({
  store,
  maxSessionsPerUser = Infinity,
  onOverflow = 'end-oldest',
}: SessionsOptions): Pick<UserPolicy, 'maxSessionsPerUser' | 'onOverflow'> {
  const isLimit = isUserLimit(maxSessionsPerUser)
  checkOption(isLimit, 'maxSessionsPerUser', 'must be a whole number greater than zero, or a function of the user id')
  const isKnown = ['end-oldest', 'refuse'].includes(onOverflow)
  checkOption(isKnown, 'onOverflow', "must be 'end-oldest' or 'refuse'")
  const isKept = maxSessionsPerUser === Infinity || store === undefined || store.users !== undefined
  checkOption(isKept, 'maxSessionsPerUser', 'needs a store that knows the sessions of a user, such as redisStore')
  return { maxSessionsPerUser, onOverflow }
}
