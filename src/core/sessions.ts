import { SesseraError, type StoreUnavailableError } from '../errors.js'
import { isHandle, type SessionStore } from '../store.js'
import { Turns } from '../turns.js'
import { findCookie } from './cookie.js'
import { emitEvent } from './events.js'
import { GuardedStore } from './guarded-store.js'
import { Opened, type OpenedSession } from './opened-session.js'
import type { Policy } from './policy.js'
import { recognise, type Known, type Recognition } from './recognise.js'
import { Renewals } from './renewals.js'
import { chooseCookie, type CookieChoice, type RequestFacts } from './request.js'
import type { DefaultSessionData } from './session-data.js'
import { SessionState, type Core } from './state.js'
import { parseToken, type Token } from './token.js'

/** What a route makes of a store that is unavailable. */
export interface OpenOptions {
  /**
   * `required`, the default: an error, 503 with `Retry-After`. `optional`: the route goes on with an anonymous session that can only
   * be read and says so by `session.unavailable`; for pages that are useful to nobody in particular. (LG-6)
   */
  readonly policy?: 'required' | 'optional'
}

/** All sessions of an application. */
export interface Sessions<Data extends object = DefaultSessionData> {
  /**
   * Finds the session of a request by its `Cookie` header. A request without one of our tokens costs no store call; what we
   * could not have issued never reaches the store. Without `request` it counts as HTTPS.
   *
   * Rejects with `StoreUnavailableError` when the store fails or takes longer than the deadline: never a stranger instead, unless
   * `policy` is `optional`.
   */
  open(cookieHeader: string | undefined, request?: RequestFacts, options?: OpenOptions): Promise<OpenedSession<Data>>
  /** For administration: ends a session, whoever's it is. Whether there was one; `false` also for what is no handle. */
  end(handle: string): Promise<boolean>
  /** Waits for renewals under way, then closes what the store opened itself. */
  close(): Promise<void>
}

const unknownRequest: RequestFacts = { secure: true }

/** The only place that orders calls to the store: load, then at the end what the outcome asks for. */
export function sessionsOn<Data extends object>(sessionStore: SessionStore, policy: Policy): Sessions<Data> {
  const store = new GuardedStore(sessionStore, policy.deadlineMs)
  const core: Core = { policy, store, turns: new Turns<Known>() }
  const renewals = new Renewals(policy, store)

  async function open(
    cookieHeader: string | undefined,
    request: RequestFacts = unknownRequest,
    { policy: availability = 'required' }: OpenOptions = {},
  ): Promise<OpenedSession<Data>> {
    const choice = chooseCookie(policy, request)
    const token = readToken(cookieHeader, choice)
    if (token === undefined) return new Opened<Data>(new SessionState(core, choice, 'stranger'), renewals)
    try {
      const recognition = await store.operate(async (calls) => {
        const stored = await calls.load(token.handle)
        const found = recognise(stored, token, policy, calls.now())
        if (found.kind === 'foreign') throw calls.mismatch(token.handle)
        return found
      })
      return new Opened<Data>(stateFor(core, choice, recognition, token), renewals)
    } catch (error) {
      // Not by `instanceof`: a store may be of another copy of this package, and so its errors.
      if (availability === 'required' || !SesseraError.is(error) || error.status !== 503) throw error
      const state = new SessionState(core, choice, 'stranger')
      state.unavailable = error as StoreUnavailableError
      return new Opened<Data>(state, renewals)
    }
  }

  async function end(handle: string): Promise<boolean> {
    if (!isHandle(handle)) return false
    const removed = (await store.operate((calls) => calls.remove(handle))) === 'removed'
    if (removed) emitEvent('ended', { handle })
    return removed
  }

  async function close(): Promise<void> {
    await renewals.settled()
    await store.close()
  }

  return { open, end, close }
}

function readToken(cookieHeader: string | undefined, { cookie }: CookieChoice): Token | undefined {
  const found = findCookie(cookieHeader, cookie.name)
  if (found.status === 'duplicate') emitEvent('duplicate-cookie', { name: cookie.name })
  return found.status === 'found' ? parseToken(found.value) : undefined
}

type Trusted = Exclude<Recognition, { readonly kind: 'foreign' }>

/** How a request with this token starts, and what there is to tell about it. */
function stateFor(core: Core, choice: CookieChoice, recognition: Trusted, { handle }: Token): SessionState {
  switch (recognition.kind) {
    case 'owner':
    case 'superseded':
      return new SessionState(core, choice, recognition.kind, handle, recognition.known)
    case 'replaced':
      return new SessionState(core, choice, 'replaced', handle)
    case 'unreadable':
      emitEvent('record-unreadable', { handle, reason: recognition.reason })
      break
    case 'reused':
      emitEvent('secret-reused', { handle })
      break
    default:
      emitEvent('unknown-token', { handle })
  }
  return new SessionState(core, choice, 'stranger')
}
