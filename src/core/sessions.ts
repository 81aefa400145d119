import { SesseraError, type StoreUnavailableError } from '../errors.js'
import type { OpenOptions } from '../options.js'
import { isHandle, type SessionStore } from '../store.js'
import { KeyedMutex } from '../engine/keyed-mutex.js'
import { arrivalOf, readTokens, recogniseTokens } from './cookie/arrival.js'
import { emitEvent } from '../events.js'
import { StoreOperations } from './store-operations.js'
import { Opened, type OpenedSession } from './request/opened-session.js'
import type { Policy } from './policy.js'
import type { Known } from './cookie/verify-token.js'
import { Renewals } from './request/renewals.js'
import { chooseCookie, type RequestContext } from './request/request-context.js'
import type { DefaultSessionData } from './record/session-data.js'
import { SessionState, type Arrival, type Core } from './request/state.js'

/** All sessions of an application. */
export interface Sessions<Data extends object = DefaultSessionData> {
  /**
   * Finds the session of a request by its `Cookie` header. A request without one of our tokens costs no store call; what we
   * could not have issued never reaches the store. Without `request` it counts as HTTPS.
   *
   * Rejects with `StoreUnavailableError` when the store fails or takes longer than the deadline: never with an anonymous session
   * instead, unless `onOutage` is `anonymous`.
   */
  open(cookieHeader: string | undefined, request?: RequestContext, options?: OpenOptions): Promise<OpenedSession<Data>>
  /** For administration: ends a session, whoever's it is. Whether there was one; `false` also for what is no handle. */
  end(handle: string): Promise<boolean>
  /** Waits for renewals under way, then closes what the store opened itself. */
  close(): Promise<void>
}

const unknownRequest: RequestContext = { secure: true }

/** The only place that orders calls to the store: load, then at the end what the outcome asks for. */
export function sessionsOn<Data extends object>(store: SessionStore, policy: Policy): Sessions<Data> {
  const operations = new StoreOperations(store, policy.deadlineMs)
  const core: Core = { policy, operations, mutex: new KeyedMutex<Known>() }
  const renewals = new Renewals(policy, operations)

  async function open(
    cookieHeader: string | undefined,
    request: RequestContext = unknownRequest,
    { onOutage = 'fail', renew = true }: OpenOptions = {},
  ): Promise<OpenedSession<Data>> {
    const choice = chooseCookie(policy, request)
    const brought = readTokens(cookieHeader, choice)
    const opened = (arrival: Arrival, unavailable?: StoreUnavailableError): Opened<Data> =>
      new Opened<Data>(new SessionState(core, choice, arrival, { renews: renew, unavailable }), renewals)
    if (brought.tokens.length === 0) return opened({ standing: 'stranger', hasCookie: brought.hasCookie })
    try {
      const recognitions = await operations.run((operation) => recogniseTokens(operation, policy, brought.tokens))
      return opened(arrivalOf(recognitions, brought, choice))
    } catch (error) {
      // Not by `instanceof`: a store may be of another copy of this package, and so its errors.
      if (onOutage === 'fail' || !SesseraError.is(error) || error.status !== 503) throw error
      return opened({ standing: 'stranger', hasCookie: true }, error as StoreUnavailableError)
    }
  }

  async function end(handle: string): Promise<boolean> {
    if (!isHandle(handle)) return false
    const removed = (await operations.run((operation) => operation.remove(handle))) === 'removed'
    if (removed) emitEvent('ended', { handle })
    return removed
  }

  async function close(): Promise<void> {
    await renewals.settled()
    await operations.close()
  }

  return { open, end, close }
}
