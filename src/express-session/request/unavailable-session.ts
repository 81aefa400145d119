import { StoreUnavailableError } from '../../errors.js'
import { Cookie, type CookieOptions } from '../api/cookie.js'
import { Session } from '../api/session.js'
import type { RequestSession } from './request-session.js'

const causes = new WeakMap<object, unknown>()

/**
 * Gives a request a session for continuing without the store: anonymous, read-only, and with `unavailable` set. Its methods, and attempts
 * to change it or its cookie, throw `StoreUnavailableError`.
 */
export function openUnavailable(requestSession: RequestSession, options: CookieOptions, cause: unknown): void {
  const error = new StoreUnavailableError('The session store is unavailable, so req.session can only be read.', cause)
  const refuse = (): never => {
    throw error
  }
  const readOnly = { set: refuse, defineProperty: refuse, deleteProperty: refuse }
  const { request } = requestSession
  request.sessionID = undefined
  const session = new Session(request)
  session.cookie = new Proxy(new Cookie(options), readOnly)
  Object.defineProperty(session, 'unavailable', { value: true })
  const unavailable = new Proxy(session, readOnly)
  causes.set(unavailable, cause)
  requestSession.goWithoutStore(unavailable, error)
}

/** Why the session of a request is unavailable; `undefined` if it is not. */
export function outageOf(session: object): unknown {
  return causes.get(session)
}
