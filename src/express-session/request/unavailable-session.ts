import { StoreUnavailableError } from '../../errors.js'
import { Cookie, type CookieOptions } from '../api/cookie.js'
import { Session } from '../api/session.js'
import type { Visit } from './visit.js'

const reasons = new WeakMap<object, unknown>()

/**
 * Gives a request a session for a route that goes on without the store: anonymous, with `unavailable` set. It can be read; whatever
 * would change it, or the cookie, throws `StoreUnavailableError`, and so do its methods.
 */
export function makeUnavailable(visit: Visit, options: CookieOptions, reason: unknown): void {
  const error = new StoreUnavailableError('The session store is unavailable, so req.session can only be read.', reason)
  const refuse = (): never => {
    throw error
  }
  const readOnly = { set: refuse, defineProperty: refuse, deleteProperty: refuse }
  visit.request.sessionID = undefined
  const session = new Session(visit.request)
  session.cookie = new Proxy(new Cookie(options), readOnly)
  Object.defineProperty(session, 'unavailable', { value: true })
  const unavailable = new Proxy(session, readOnly)
  reasons.set(unavailable, reason)
  visit.goWithoutStore(unavailable, error)
}

/** Why the session of a request is such a one. */
export function reasonOf(session: object): unknown {
  return reasons.get(session)
}
