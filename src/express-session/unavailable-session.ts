import { StoreUnavailableError } from '../errors.js'
import { Cookie, type CookieOptions } from './cookie.js'
import { attend, type Dealings } from './dealings.js'
import type { VisitedRequest } from './visit.js'
import { Session } from './session.js'

const reasons = new WeakMap<object, unknown>()

/**
 * Gives a request a session for a route that goes on without the store: anonymous, with `unavailable` set. It can be read; whatever
 * would change it throws `StoreUnavailableError`.
 */
export function makeUnavailable(request: VisitedRequest, options: CookieOptions, reason: unknown): void {
  const refuse = (): never => {
    throw new StoreUnavailableError('The session store is unavailable, so req.session can only be read.', reason)
  }
  const refuseLater = async (): Promise<void> => refuse()
  const dealings: Dealings = { save: refuseLater, reload: refuseLater, destroy: refuseLater, regenerate: refuseLater }
  request.sessionID = undefined
  const session = new Session(request)
  session.cookie = new Cookie(options)
  Object.defineProperty(session, 'unavailable', { value: true })
  attend(request, dealings)
  request.session = new Proxy(session, { set: refuse, defineProperty: refuse, deleteProperty: refuse })
  reasons.set(request.session, reason)
}

/** Why the session of a request is such a one. */
export function reasonOf(session: object): unknown {
  return reasons.get(session)
}
