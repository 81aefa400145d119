import type { Background } from '../../engine/background.js'
import { pagesOf } from '../../engine/pages.js'
import { checkUserId } from '../../engine/user-id.js'
import { InvalidArgumentError, UnsupportedByStoreError } from '../../errors.js'
import { isHandle, type Handle, type HandlePage } from '../../store.js'
import type { SessionRecord } from '../record/record.js'
import { Session } from '../request/session.js'
import type { SessionState } from '../request/session-state.js'
import type { StoreOperation, StoreOperations, UserCalls } from '../store-operations.js'
import { dropEntries, endEntry, loadEntries, loadEntry, lostAmong, type Entry } from './entries.js'
import type { JournalEntry } from './journal.js'
import type { UserJournals } from './user-journal.js'
import { personalData, type PersonalData } from './personal-data.js'
import { describeSession, type SessionInfo } from './session-info.js'

/** A session of a user, as `list` shows it. */
export interface UserSessionInfo extends SessionInfo {
  /** Whether it is the one given as `current`. */
  readonly current: boolean
}

/** Options of `sessions.user(id).end()`. */
export interface EndUserOptions {
  /** The session of this request. It stays, and is rotated, so that nobody else has its secret; the request may also sign in. */
  readonly except?: object
  /** Also looks through all sessions of the store, for an index that was lost. Takes as long as there are sessions. Default: `false`. */
  readonly scan?: boolean
}

/** Options of `sessions.user(id).end(handle)`. */
export interface EndOneOptions {
  /** The session of this request, for the journal. */
  readonly by?: object
}

/**
 * The sessions of one user, on all backends. Rejects with `StoreUnavailableError` if the store fails or does not answer; the deadline applies to
 * each five hundred sessions.
 */
export interface UserSessions extends PersonalData {
  /** All sessions that are signed in, the last used first. `current` is the session of this request, to be marked in the list. */
  list(options?: { readonly current?: object | undefined }): Promise<readonly UserSessionInfo[]>
  /** How many sessions are signed in. */
  count(): Promise<number>
  /**
   * Ends all sessions of the user, and resolves to how many. Once it has resolved, no sign-in of a request that was opened before the call is
   * alive, and none will be: such a request gets `SignInRevokedError`. Later sign-ins work at once.
   *
   * If it rejects, some may have ended; call it again. (ASVS 7.4.2, 7.4.3)
   *
   * @throws InvalidArgumentError if `except` is not a session of this user · SessionCommittedError if its response has begun
   */
  end(options?: EndUserOptions): Promise<number>
  /** Ends this session, if it is one of the user's. Resolves to whether it was. (ASVS 7.5.2) */
  end(handle: string, options?: EndOneOptions): Promise<boolean>
  /** How sessions of the user have ended, the latest first; at most the last hundred, and none without the option `journal`. */
  journal(): Promise<readonly JournalEntry[]>
}

/** What all users share. */
interface Context {
  readonly operations: StoreOperations
  readonly background: Background
  readonly journal: UserJournals
}

export function userSessions({ operations, background, journal }: Context, id: string | number): UserSessions {
  const userId = checkUserId(id)

  /**
   * Fetches all pages and runs `work` on the entries of each, under a deadline for each page. The entries that `work` returns are dropped.
   */
  async function onPages(
    fetch: (users: UserCalls, after: string | undefined, operation: StoreOperation) => Promise<HandlePage>,
    work: (operation: StoreOperation, entries: readonly Entry[]) => Promise<readonly Handle[]>,
  ): Promise<void> {
    const fetchAndWork = (after: string | undefined): Promise<HandlePage> =>
      operations.run(async (operation) => {
        const { users } = operation
        if (users === undefined) throw new UnsupportedByStoreError("find a user's sessions", 'users')
        const page = await fetch(users, after, operation)
        const dropped = await work(operation, await loadEntries(operation, userId, page))
        background.start(dropEntries(operations, userId, dropped))
        return page
      })
    for await (const _ of pagesOf(fetchAndWork));
  }

  /** What `describe` makes of each of the user's sessions, the last used first. */
  async function find<Info extends SessionInfo>(
    describe: (operation: StoreOperation, record: SessionRecord) => Info,
  ): Promise<Info[]> {
    const found = new Map<Handle, Info>()
    await onPages(
      (users, after) => users.list(userId, after),
      async (operation, entries) => {
        for (const entry of entries)
          if (entry.kind === 'users') found.set(entry.handle, describe(operation, entry.record))
        const lost = lostAmong(entries)
        journal.noticed(userId, lost)
        return lost
      },
    )
    return [...found.values()].sort((one, other) => other.lastSeenAt - one.lastSeenAt)
  }

  async function list({ current }: { readonly current?: object | undefined } = {}): Promise<UserSessionInfo[]> {
    const currentHandle = current === undefined ? undefined : stateOf('current', current).handle
    return find(({ policy }, { head }) => ({
      ...describeSession(policy, head),
      current: head.handle === currentHandle,
    }))
  }

  async function endAll({ except, scan = false }: EndUserOptions = {}): Promise<number> {
    const spared = except === undefined ? undefined : sparedState(except)
    spared?.requestRotation()
    let count = 0
    const endEntries = async (operation: StoreOperation, entries: readonly Entry[]): Promise<readonly Handle[]> => {
      const others = entries.filter(({ handle }) => handle !== spared?.handle)
      const ended = await Promise.all(others.map((entry) => endEntry(operation, userId, entry, 'user', spared?.handle)))
      count += ended.filter(Boolean).length
      return others.map(({ handle }) => handle)
    }
    await onPages(async (users, after) => {
      if (after !== undefined) return users.list(userId, after)
      const page = await users.revoke(userId)
      if (spared !== undefined) spared.openedAt = page.moment
      return page
    }, endEntries)
    if (!scan) return count
    await onPages(
      (_users, after, operation) => operation.list(after),
      // Of anonymous sessions, nobody knows whose they will be.
      async (operation, entries) =>
        endEntries(
          operation,
          entries.filter(({ kind }) => kind === 'users'),
        ),
    )
    return count
  }

  async function endOne(handle: string, { by }: EndOneOptions = {}): Promise<boolean> {
    const byHandle = by === undefined ? undefined : stateOf('by', by).handle
    if (!isHandle(handle)) return false
    const hasEnded = await operations.run(async (operation) => {
      const entry = await loadEntry(operation, userId, handle)
      return entry.kind === 'users' && endEntry(operation, userId, entry, 'user', byHandle)
    })
    if (hasEnded) background.start(dropEntries(operations, userId, [handle]))
    return hasEnded
  }

  function sparedState(session: object): SessionState {
    const state = stateOf('except', session)
    const owner = state.signIn === undefined ? state.record?.head.userId : state.signIn.userId
    if (owner === undefined || owner === userId) return state
    throw new InvalidArgumentError('The session given as except is signed in as another user.')
  }

  function end(options?: EndUserOptions): Promise<number>
  function end(handle: string, options?: EndOneOptions): Promise<boolean>
  async function end(target?: EndUserOptions | string, options?: EndOneOptions): Promise<number | boolean> {
    return typeof target === 'string' ? endOne(target, options) : endAll(target)
  }

  const count = async (): Promise<number> => (await list()).length
  const readJournal = (): Promise<readonly JournalEntry[]> => journal.read(userId)
  return {
    list,
    count,
    end,
    journal: readJournal,
    ...personalData(userId, { find, onPages, endAll, journal, settled: () => background.settled() }),
  }
}

function stateOf(option: string, session: object): SessionState {
  const state = Session.stateOf(session)
  if (state !== undefined) return state
  throw new InvalidArgumentError(`${option} must be the session of a request, such as req.session.`)
}
