import { Background } from '../engine/background.js'
import { KeyedMutex } from '../engine/keyed-mutex.js'
import { SesseraError, type StoreUnavailableError } from '../errors.js'
import type { OpenOptions } from '../options.js'
import type { SessionStore } from '../store.js'
import { findSession, readTokens, type IncomingSession } from './cookie/incoming-session.js'
import type { EndReports } from './ends/end-reports.js'
import { liveEnds, type LiveEnds } from './ends/live-ends.js'
import type { Policy } from './policy.js'
import { reportPolicy, type PolicyReport } from './policy-report.js'
import type { DefaultSessionData } from './record/session-data.js'
import { Opened, type OpenedSession } from './request/opened-session.js'
import { Renewals } from './request/renewals.js'
import { chooseCookie, type RequestContext } from './request/request-context.js'
import type { SessionServices } from './request/session-services.js'
import { SessionState } from './request/session-state.js'
import { StoreOperations } from './store-operations.js'
import { endReused } from './users/end-reused.js'
import { administer, type Administration } from './users/administration.js'
import { userJournal } from './users/user-journal.js'
import { userSessions, type UserSessions } from './users/user-sessions.js'

/** All sessions of an application. */
export interface Sessions<Data extends object = DefaultSessionData> extends Administration, LiveEnds {
  /**
   * Finds the session of a request by its `Cookie` header. A request without a well-formed token causes no store call. Without
   * `request`, it counts as HTTPS.
   *
   * Rejects with `StoreUnavailableError` if the store fails or does not answer before the deadline. It never gives an anonymous session
   * instead, unless `onOutage` is `anonymous`.
   */
  open(cookieHeader: string | undefined, request?: RequestContext, options?: OpenOptions): Promise<OpenedSession<Data>>
  /**
   * The sessions of a user, on all backends. Makes no call yet.
   *
   * @throws InvalidArgumentError for what `signIn` would not take as a user id
   */
  user(id: string | number): UserSessions
  /**
   * What is in force: timeouts, limits, cookie and store, each with the requirements that it meets. For auditors: `String(report)` is a table. Makes no
   * call. (ASVS 7.1.1, 7.1.2)
   */
  policyReport(): PolicyReport
  /** Waits for running renewals, then releases what the store itself opened. */
  close(): Promise<void>
}

const unknownRequest: RequestContext = { secure: true }
const anonymous: IncomingSession = { tokenStatus: 'none', hasCookie: false }
const anonymousWithCookie: IncomingSession = { tokenStatus: 'none', hasCookie: true }

type Open = Sessions<object>['open']
type OpenAtOnce = (...request: Parameters<Open>) => OpenedSession<object> | Promise<OpenedSession<object>>

const atOnce = new WeakMap<Open, OpenAtOnce>()

/** `sessions.open`, but without a promise if nothing is to be loaded. Calls an `open` that was put around ours as it is. */
export function openAtOnce(
  sessions: Pick<Sessions<object>, 'open'>,
  ...request: Parameters<Open>
): ReturnType<OpenAtOnce> {
  const known = atOnce.get(sessions.open)
  return known === undefined ? sessions.open(...request) : known(...request)
}

/** The sessions in one store. */
export function sessionsIn<Data extends object>(store: SessionStore, policy: Policy): Sessions<Data> {
  const reports: EndReports = {
    ended(end, details) {
      ends.ended(end)
      journal.ended(end, details)
    },
    rotated: (head) => ends.rotated(head),
  }
  const operations = new StoreOperations(store, policy, reports)
  const renewals = new Renewals(operations)
  const background = new Background()
  const ends = liveEnds({ operations, background, announcements: store.announcements })
  const journal = userJournal(operations, background)
  const services: SessionServices = { operations, renewals, background, mutex: new KeyedMutex() }
  const administration = administer(operations, background)

  function openAtOnce(
    cookieHeader: string | undefined,
    request: RequestContext = unknownRequest,
    { onOutage = 'fail', renew: renews = true }: OpenOptions = {},
  ): Opened<Data> | Promise<Opened<Data>> {
    const choice = chooseCookie(policy, request)
    const { hasCookie, tokens } = readTokens(cookieHeader, choice)
    const opened = (incoming: IncomingSession, outage?: StoreUnavailableError): Opened<Data> => {
      if (incoming.reused !== undefined) endReused(services, incoming.reused)
      return new Opened<Data>(new SessionState(services, choice, incoming, renews, outage))
    }
    if (tokens.length === 0) return opened(hasCookie ? anonymousWithCookie : anonymous)
    const opening = findSession(operations, tokens, choice, opened)
    if (onOutage === 'fail') return opening
    return opening.catch((error: unknown) => {
      // Not by `instanceof`: a store may come from another copy of this package, and so its errors.
      if (!SesseraError.is(error) || error.status !== 503) throw error
      return opened(anonymousWithCookie, error as StoreUnavailableError)
    })
  }

  const open: Sessions<Data>['open'] = async (...request) => openAtOnce(...request)
  atOnce.set(open, openAtOnce)

  const policyReport = (): PolicyReport => reportPolicy(policy, store)

  async function close(): Promise<void> {
    await Promise.all([renewals.settled(), background.settled()])
    await ends.close()
    await operations.close()
  }

  return {
    open,
    user: (id) => userSessions({ operations, background, journal }, id),
    ...administration,
    onEnd: ends.onEnd,
    policyReport,
    close,
  }
}
