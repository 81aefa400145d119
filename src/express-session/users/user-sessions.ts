import type { Operation } from '../../engine/operations.js'
import { pagesOf } from '../../engine/pages.js'
import { checkUserId } from '../../engine/user-id.js'
import { InvalidArgumentError } from '../../errors.js'
import { Session } from '../api/session.js'
import { handleOf } from '../repositories/session-id.js'
import { RequestSession } from '../request/request-session.js'
import { operationsOf, type RequestWithStore } from '../request/session-operations.js'
import { endEntry, loadEntries, type Entry } from './entries.js'
import type { IndexPage } from './session-index.js'
import { describeSession, type UserSessionInfo } from './session-info.js'
import { TrackedRepository } from './tracked-repository.js'
import { dropEntries, type UserContext } from './user-context.js'

/** Options of `sessions.user(id).end()`. */
export interface EndUserOptions {
  /** The session of this request, `req.session`. It stays, with its id, and the request may also sign in. */
  readonly except?: object | undefined
  /**
   * Also looks through all sessions of the store: for those that were stored before the option `userId` was given, and for an index that was lost.
   * Takes as long as there are sessions. Default: `false`.
   */
  readonly scan?: boolean | undefined
}

/** As many as a page of an index has. */
const sessionsPerScan = 500

/**
 * The sessions of one user, on all backends. Rejects with `StoreUnavailableError` if the store fails or does not answer; the deadline applies to
 * each five hundred sessions.
 */
export interface UserSessions {
  /** All sessions of the user, the last signed in first. `current` is the session of this request, to be marked in the list. */
  list(options?: { readonly current?: object | undefined }): Promise<readonly UserSessionInfo[]>
  count(): Promise<number>
  /**
   * Ends all sessions of the user, and resolves to how many. Once it has resolved, no sign-in of a request that was opened before the call is
   * alive, and none will be: such a request gets `SignInRevokedError`. Later sign-ins work at once. All backends must be ours: express-session
   * itself stores sessions without asking.
   *
   * If it rejects, some may have ended; call it again. (ASVS 7.4.2, 7.4.3)
   *
   * @throws InvalidArgumentError if `except` is not the session of a request
   */
  end(options?: EndUserOptions): Promise<number>
  /** Ends the session of this handle, if it is one of the user's. Resolves to whether it was. (ASVS 7.5.2) */
  end(handle: string): Promise<boolean>
}

/** Resolves to the entries that can be dropped. */
type Work = (context: UserContext, operation: Operation, entries: readonly Entry[]) => Promise<readonly Entry[]>

/** `contextNow` throws while the store has no index. */
export function userSessions(contextNow: () => UserContext, id: string | number): UserSessions {
  const userId = checkUserId(id)

  /** Fetches all pages and runs `work` on the entries of each, under a deadline for each page. The entries that `work` returns are dropped. */
  async function onPages(
    fetch: (context: UserContext, operation: Operation, after: string | undefined) => Promise<IndexPage>,
    work: Work,
  ): Promise<void> {
    const context = contextNow()
    const fetchAndWork = (after: string | undefined): Promise<IndexPage> =>
      context.repository.operations.run(async (operation) => {
        const page = await fetch(context, operation, after)
        const entries = await loadEntries(context, operation, userId, page.entries)
        const dropped = await work(context, operation, entries)
        dropEntries(
          context,
          userId,
          dropped.map(({ id }) => id),
        )
        return page
      })
    for await (const _ of pagesOf(fetchAndWork));
  }

  const listPage = ({ index }: UserContext, operation: Operation, after: string | undefined): Promise<IndexPage> =>
    operation.call(() => index.list(userId, after))

  async function list({ current }: { readonly current?: object | undefined } = {}): Promise<UserSessionInfo[]> {
    const currentId = current === undefined ? undefined : sessionGiven('current', current).id
    const found: UserSessionInfo[] = []
    await onPages(listPage, async (context, _operation, entries) => {
      for (const entry of entries) {
        if (entry.kind !== 'users') continue
        const info = describeSession(context, entry.id, entry.loaded)
        found.push({ ...info, userId, signedInAt: entry.enteredAt, current: entry.id === currentId })
      }
      return entries.filter(({ kind }) => kind === 'lost')
    })
    return found.sort((one, other) => other.signedInAt - one.signedInAt)
  }

  async function endAll({ except, scan = false }: EndUserOptions = {}): Promise<number> {
    const spared = except === undefined ? undefined : sessionGiven('except', except)
    let count = 0
    const endEntries: Work = async (context, operation, entries) => {
      const others = entries.filter((entry) => entry.id !== spared?.id)
      const ended = await Promise.all(others.map((entry) => endEntry(context, operation, userId, entry, 'user')))
      count += ended.filter(Boolean).length
      return others
    }
    await onPages(async (context, operation, after) => {
      if (after !== undefined) return listPage(context, operation, after)
      const page = await operation.call(() => context.index.revoke(userId))
      if (spared !== undefined) allowSignIn(spared, page.moment)
      return page
    }, endEntries)
    if (!scan) return count
    const ids = [...(await contextNow().index.ids())]
    await onPages(
      async () => {
        const entries = ids.splice(0, sessionsPerScan).map((id) => ({ id, enteredAt: 0 }))
        return { entries, after: ids.length > 0 ? 'more' : undefined }
      },
      // Of sessions without a user, nobody knows whose they will be.
      (context, operation, entries) =>
        endEntries(
          context,
          operation,
          entries.filter(({ kind }) => kind === 'users'),
        ),
    )
    return count
  }

  async function endOne(handle: string): Promise<boolean> {
    let hasEnded = false
    await onPages(listPage, async (context, operation, entries) => {
      const entry = entries.find((candidate) => candidate.kind === 'users' && handleOf(candidate.id) === handle)
      if (entry === undefined) return []
      hasEnded = await endEntry(context, operation, userId, entry, 'user')
      return [entry]
    })
    return hasEnded
  }

  function end(options?: EndUserOptions): Promise<number>
  function end(handle: string): Promise<boolean>
  async function end(target?: EndUserOptions | string): Promise<number | boolean> {
    return typeof target === 'string' ? endOne(target) : endAll(target)
  }

  return { list, count: async () => (await list()).length, end }
}

function sessionGiven(option: string, session: object): Session {
  if (session instanceof Session) return session
  throw new InvalidArgumentError(`${option} must be the session of a request, such as req.session.`)
}

/** Lets the request of this session sign in, as if it had been opened at this moment. */
function allowSignIn(session: Session, moment: number): void {
  const operations = operationsOf(session.req as RequestWithStore)
  if (!(operations instanceof RequestSession)) return
  if (operations.repository instanceof TrackedRepository) operations.repository.openedAt = moment
}
