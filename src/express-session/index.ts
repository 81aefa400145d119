import depd from 'depd'
import { callNext, passError } from '../adapters/node/next.js'
import type { SessionProperty } from '../adapters/node/session-property.js'
import {
  Cookie as SessionCookie,
  type CookieData as StoredCookie,
  type CookieOptions as OptionsOfCookie,
} from './api/cookie.js'
import { InvalidSessionOptionError } from './api/errors.js'
import type { SessionMiddleware } from './api/loose-types.js'
import { MemoryStore as StoreInMemory } from './api/memory-store.js'
import { resolveOptions, type ResolvedOptions, type SessionOptions as OptionsOfSession } from './api/options.js'
import { Session as SessionOfRequest } from './api/session.js'
import { Store as AbstractStore } from './api/store.js'
import { debug } from './request/debug-log.js'
import { RequestSession, type MakeSession } from './request/request-session.js'
import { isSecure, isUnder, type NodeRequest, type NodeResponse, type RequestWithSession } from './request/request.js'
import { shareProperties } from './request/request-properties.js'
import { ResponseHold } from './request/response-hold.js'
import { bindOperations, operationsOf } from './request/session-operations.js'
import { findId } from './request/signed-id.js'
import { openUnavailable, outageOf } from './request/unavailable-session.js'
import { middlewareSessions } from './users/middleware-users.js'
import type { SessionInfo as InfoOfSession, UserSessionInfo as InfoOfUserSession } from './users/session-info.js'
import type { Sessions as SessionsOfStore } from './users/sessions.js'
import type { UserSessions as SessionsOfUser } from './users/user-sessions.js'

// Its messages name the application's line that called this file.
const deprecate = depd('express-session')

declare global {
  namespace Express {
    interface SesseraSessions {
      expressSession: SessionOfRequest & Partial<session.SessionData>
    }
    interface SesseraRequest {
      session: SessionProperty<SesseraSessions>
      /** The session's id, which is the secret in its cookie. */
      sessionID: string
      sessionStore: AbstractStore
    }
    interface Request extends SesseraRequest {}
  }
}

/**
 * Gives every request its session, as `req.session`, with the options of express-session: same cookie, same records, same defaults. The
 * session is stored before the first byte of the response is sent, later changes before the last.
 *
 * @throws InvalidSessionOptionError, a TypeError, when an option cannot work.
 */
function session(options?: session.SessionOptions | null): SessionMiddleware & { readonly sessions: session.Sessions } {
  const resolved = resolveOptions(options ?? {}, deprecate)
  const { store, name, onOutage } = resolved
  const { repositoryFor, sessions } = middlewareSessions(resolved)
  const isConnected = watchConnection(store)
  const make: MakeSession = (request, cookieOptions) => makeSession(request, resolved, cookieOptions)
  store.generate = (request: RequestWithSession) => {
    const operations = operationsOf(request as never)
    if (operations instanceof RequestSession) operations.generate()
    else make(request, resolved.cookieOptions(request))
  }

  const middleware: SessionMiddleware = function session(
    request: RequestWithSession & NodeRequest,
    response: NodeResponse,
    next,
  ) {
    if (request.session) return next(onOutage === 'fail' ? outageOf(request.session) : undefined)
    if (!isConnected()) {
      debug('store is disconnected')
      return next()
    }
    const cookieOptions = resolved.cookieOptions(request)
    if (!isUnder(cookieOptions.path || '/', request)) {
      debug('pathname mismatch')
      return next()
    }
    const secrets = resolved.secrets ?? secretsOn(request)
    if (secrets === undefined)
      return next(new InvalidSessionOptionError('secret', 'is required to sign the session cookie'))

    const id = findId(request, name, secrets, deprecate)
    const current = new RequestSession(request, id, repositoryFor(id), make, cookieOptions)
    bindOperations(request, current)
    shareProperties(request)
    request.sessionStore = store
    if (id !== undefined) request.sessionID = id
    new ResponseHold(current, response, resolved, secrets[0] as string, next).start()
    // The framework ignores the promises of its handlers, so only we can respond.
    current.queue.onUnhandledError = (error) => {
      const isOpen = typeof response.end === 'function' && !response.headersSent && !response.writableEnded
      if (isOpen) passError(response, error, next)
    }
    if (id === undefined) {
      debug('no SID sent, generating session')
      current.generate()
      return next()
    }
    current.open(id).then(
      () => callNext(response, next),
      (error: unknown) => {
        debug('error %o', error)
        if (onOutage === 'fail' || current.queue.failure === undefined) return passError(response, error, next)
        openUnavailable(current, cookieOptions, error)
        callNext(response, next)
      },
    )
  }
  return Object.assign(middleware, { sessions })
}

function makeSession(
  request: RequestWithSession,
  { generateId, proxy }: ResolvedOptions,
  options: session.CookieOptions,
): SessionOfRequest {
  request.sessionID = generateId(request)
  const session = new SessionOfRequest(request)
  const cookie = new SessionCookie(options)
  session.cookie = cookie
  // Asking the framework takes a while.
  if (cookie.secure === 'auto' || cookie.sameSite === 'auto') {
    const secure = isSecure(request, proxy)
    if (cookie.secure === 'auto') cookie.secure = secure
    if (cookie.sameSite === 'auto') cookie.sameSite = secure ? 'none' : 'lax'
  }
  request.session = session
  return session
}

function watchConnection(store: session.Store): () => boolean {
  let isConnected = true
  store.on('disconnect', () => (isConnected = false))
  store.on('connect', () => (isConnected = true))
  return () => isConnected
}

function secretsOn(request: RequestWithSession): readonly string[] | undefined {
  if (!request.secret) return undefined
  deprecate('req.secret; pass the secret to session()')
  return [request.secret as string]
}

Object.assign(session, {
  Store: AbstractStore,
  Cookie: SessionCookie,
  Session: SessionOfRequest,
  MemoryStore: StoreInMemory,
})

// For CommonJS: a function with the classes as properties, and the types.
declare namespace session {
  export {
    AbstractStore as Store,
    SessionCookie as Cookie,
    SessionOfRequest as Session,
    StoreInMemory as MemoryStore,
    SessionsOfStore as Sessions,
    SessionsOfUser as UserSessions,
    InfoOfSession as SessionInfo,
    InfoOfUserSession as UserSessionInfo,
    OptionsOfSession as SessionOptions,
    OptionsOfCookie as CookieOptions,
    StoredCookie as CookieData,
  }
  /**
   * What the application keeps in its sessions. On `req.session`, each of these may still be missing.
   *
   * ```ts
   * declare module 'sessera/express-session' {
   *   interface SessionData {
   *     user?: { id: number }
   *   }
   * }
   * ```
   */
  export interface SessionData {
    cookie: SessionCookie
  }
}

export { session }
export default session
