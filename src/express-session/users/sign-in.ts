import type { Operation } from '../../engine/operations.js'
import { enterWithin, mostSessions } from '../../engine/user-limit.js'
import { emitEvent } from '../../events.js'
import { Session } from '../api/session.js'
import type { Snapshot } from '../repositories/repository.js'
import { handleOf } from '../repositories/session-id.js'
import { dropLost, endOldest } from './entries.js'
import { dropEntries, type UserContext } from './user-context.js'

/** A session that gets a user. */
export interface SignIn {
  readonly session: Session
  readonly userId: string
  /** The session as the request last saw it in the store; `undefined` for a new one. */
  readonly snapshot: Snapshot | undefined
  /** The moment at which the request was opened. */
  readonly openedAt: number
}

/** An index with this many entries is looked through for lost ones, and again whenever it has twice as many. */
const fewEntries = 8

/**
 * Stores a session that gets a user. Resolves to `undefined`, with nothing stored, if the session has ended.
 *
 * The order makes "sign out everywhere" exact, also if this process dies in between: first the session is stored without the user, then it is
 * entered in the user's index, and only then it becomes the user's.
 *
 * @throws SignInRevokedError if the user was signed out everywhere meanwhile · SessionLimitError
 */
export async function signIn(
  context: UserContext,
  operation: Operation,
  { session, userId, snapshot, openedAt }: SignIn,
): Promise<Snapshot | undefined> {
  const { repository, index, options, kept } = context
  const { id } = session
  const lifetimeMs = index.lifetimeMs(session)
  const most = await operation.within(mostSessions(options.maxSessionsPerUser, userId))
  const enter = (): Promise<number | undefined> =>
    enterWithin({
      most,
      refuses: options.onOverflow === 'refuse',
      add: (limit) => operation.call(() => index.add(userId, { id, openedAt, lifetimeMs, limit })),
      dropLost: () => dropLost(context, operation, userId),
    })

  const before = snapshot ?? (await repository.save(operation, withoutValues(session), undefined))
  let others: number
  try {
    others = (await enter()) ?? 0
  } catch (error) {
    if (snapshot === undefined) destroyBehind(context, id)
    throw error
  }
  const stored = await repository.save(operation, session, before)
  if (stored === undefined) {
    await enter() // says so if the session was ended with all sessions of the user
    dropEntries(context, userId, [id])
    return undefined
  }
  kept.note(id, lifetimeMs)
  emitEvent('signed-in', { handle: handleOf(id), userId })
  if (others >= most && options.onOverflow === 'end-oldest') {
    dropEntries(context, userId, await endOldest(context, operation, userId, most))
  } else if (others >= fewEntries && (others & (others - 1)) === 0) dropLostBehind(context, userId)
  return stored
}

/** A session of the same id and cookie with nothing in it. */
function withoutValues({ id, cookie }: Session): Session {
  const session = new Session({ sessionID: id })
  session.cookie = cookie
  return session
}

function destroyBehind({ repository, background }: UserContext, id: string): void {
  background.start(repository.operations.run((operation) => repository.destroy(operation, id)))
}

function dropLostBehind(context: UserContext, userId: string): void {
  context.background.start(context.repository.operations.run((operation) => dropLost(context, operation, userId)))
}
