import type { Background } from '../../engine/background.js'
import { checkFoundUser } from '../../engine/user-id.js'
import type { UserLimit } from '../../engine/user-limit.js'
import type { AnySession } from '../api/loose-types.js'
import type { Repository } from '../repositories/repository.js'
import type { KeptEntries } from './kept-entries.js'
import type { SessionIndex } from './session-index.js'

/** The options about users. */
export interface UserOptions {
  /** Finds the user in the values of a session. */
  readonly userIdOf: (data: AnySession) => unknown
  readonly maxSessionsPerUser: UserLimit
  readonly onOverflow: 'end-oldest' | 'refuse'
}

/** What all that knows the sessions of users works with. */
export interface UserContext {
  readonly options: UserOptions
  readonly repository: Repository
  readonly index: SessionIndex
  readonly kept: KeptEntries
  readonly background: Background
}

/** Whose session this is. Throws what the application's function throws, and `InvalidArgumentError` for what cannot be a user id. */
export function userOf({ options }: Pick<UserContext, 'options'>, session: AnySession): string | undefined {
  return checkFoundUser(options.userIdOf(session))
}

/** The same for stored values, in which the application's function may not find its way any more: then it is nobody's. */
export function ownerOf(context: Pick<UserContext, 'options'>, data: AnySession): string | undefined {
  try {
    return userOf(context, data)
  } catch {
    return undefined
  }
}

/** Drops entries, while nobody waits: one that stays is harmless, and found again by the next list. */
export function dropEntries({ repository, index, background }: UserContext, userId: string, ids: string[]): void {
  if (ids.length === 0) return
  const { operations } = repository
  background.start(operations.run((operation) => operation.call(() => index.drop(userId, ids))))
}

/** Keeps the entry of a session that has been extended, if that is due, while nobody waits. */
export function keepEntry({ repository, index, kept, background }: UserContext, userId: string, session: AnySession) {
  const { id } = session as { readonly id: string }
  const lifetimeMs = index.lifetimeMs(session)
  if (!kept.note(id, lifetimeMs)) return
  const keeping = repository.operations.run((operation) => operation.call(() => index.keep(userId, { id, lifetimeMs })))
  background.start(
    keeping.catch(() => kept.forget(id)), // the next use tries again
  )
}
