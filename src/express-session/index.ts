import depd from 'depd'
import { callNext, passError } from '../adapters/node/next.js'
import type { RequestSession } from '../adapters/node/request-session-type.js'
import type { HttpResponse } from '../adapters/response/http-response.js'
import { atomicKeeper } from './repositories/compare-and-set.js'
import { atomicRecordsOf } from './repositories/atomic-records.js'
import { callbackKeeper } from './repositories/callback.js'
import {
  Cookie as SessionCookie,
  type CookieData as StoredCookie,
  type CookieOptions as OptionsOfCookie,
} from './api/cookie.js'
import { attend, dealingsOf } from './request/dealings.js'
import { debug } from './request/debug.js'
import { InvalidSessionOptionError } from './api/errors.js'
import type { SessionMiddleware } from './api/foreign-types.js'
import type { Keeper } from './repositories/repository.js'
import { MemoryStore as StoreInMemory } from './api/memory-store.js'
import { isSecure, pathOf, type NodeRequest, type NodeResponse } from './request/request.js'
import { Session as SessionOfRequest } from './api/session.js'
import { ResponseHold } from './request/response-hold.js'
import { settingsOf, type SessionOptions as OptionsOfSession, type Settings } from './api/options.js'
import { findId } from './request/signed-id.js'
import { Store as AbstractStore } from './api/store.js'
import { makeUnavailable, reasonOf } from './request/unavailable-session.js'
import { Visit, type VisitedRequest } from './request/visit.js'

// Names the place in the application from which this file was called.
const deprecate = depd('express-session')

declare global {
  namespace Express {
    interface SesseraSessions {
      expressSession: SessionOfRequest & Partial<session.SessionData>
    }
    interface SesseraRequest {
      session: RequestSession<SesseraSessions>
      /** The id, which is the secret in the cookie. */
      sessionID: string
      sessionStore: AbstractStore
    }
    interface Request extends SesseraRequest {}
  }
}

/**
 * Gives each request its session, as `req.session`, by the options of express-session: same cookie, same records, same defaults. The
 * session is stored before the first byte of the response leaves; what is changed after it, before the last.
 *
 * @throws InvalidSessionOptionError, a TypeError, when an option cannot work.
 */
function session(options?: session.SessionOptions | null): SessionMiddleware {
  const settings = settingsOf(options ?? {}, deprecate)
  const { store } = settings
  const keeperNow = keeperOf(settings)
  const whileConnected = connectionOf(store)
  store.generate = (request: VisitedRequest) => {
    const dealings = dealingsOf(request as never)
    if (dealings instanceof Visit) dealings.generate()
    else makeSession(request, settings, settings.cookieOptions(request))
  }

  return function session(request: VisitedRequest & NodeRequest, response: NodeResponse, next) {
    if (request.session) return next(settings.policy === 'required' ? reasonOf(request.session) : undefined)
    if (!whileConnected()) {
      debug('store is disconnected')
      return next()
    }
    const cookieOptions = settings.cookieOptions(request)
    if (!pathOf(request).startsWith(cookieOptions.path || '/')) {
      debug('pathname mismatch')
      return next()
    }
    const secrets = settings.secrets ?? secretsOn(request)
    if (secrets === undefined)
      return next(new InvalidSessionOptionError('secret', 'is required to sign the session cookie'))

    request.sessionStore = store
    const id = findId(request, settings.name, secrets, deprecate)
    request.sessionID = id
    const visit = new Visit(request, id, keeperNow(), () => makeSession(request, settings, cookieOptions))
    attend(request, visit)
    new ResponseHold(visit, response, settings, secrets[0] as string, next).start()
    visit.work.onUnhandledError(failUnanswered(response, next))
    if (id !== undefined) {
      return void visit.open(id).then(
        () => callNext(response, next),
        (error: unknown) => {
          debug('error %o', error)
          if (settings.policy === 'required' || visit.work.failure === undefined) {
            return passError(response, error, next)
          }
          makeUnavailable(visit, cookieOptions, error)
          callNext(response, next)
        },
      )
    }
    debug('no SID sent, generating session')
    visit.generate()
    next()
  }
}

/** For what a handler has failed on that nobody looks at: nobody else will answer. */
function failUnanswered(response: HttpResponse, next: (error: unknown) => void): (error: unknown) => void {
  return (error) => {
    if (typeof response.end === 'function' && !response.headersSent && !response.writableEnded)
      passError(response, error, next)
  }
}

function makeSession(request: VisitedRequest, settings: Settings, options: session.CookieOptions): void {
  request.sessionID = settings.generateId(request)
  const session = new SessionOfRequest(request)
  const cookie = new SessionCookie(options)
  session.cookie = cookie
  const secure = isSecure(request, settings.proxy)
  if (cookie.secure === 'auto') cookie.secure = secure
  if (cookie.sameSite === 'auto') cookie.sameSite = secure ? 'none' : 'lax'
  request.session = session
}

/** How the store is to be dealt with at this moment: its methods can be replaced while it is in use. */
function keeperOf({ store, conflict, deadlineMs }: Settings): () => Keeper {
  const byCallbacks = callbackKeeper(store, conflict, deadlineMs)
  let atomic: Keeper | undefined
  return () => {
    const records = atomicRecordsOf(store)
    return records === undefined ? byCallbacks : (atomic ??= atomicKeeper(records, conflict))
  }
}

function connectionOf(store: session.Store): () => boolean {
  let isConnected = true
  store.on('disconnect', () => (isConnected = false))
  store.on('connect', () => (isConnected = true))
  return () => isConnected
}

function secretsOn(request: VisitedRequest): readonly string[] | undefined {
  if (!request.secret) return undefined
  deprecate('req.secret; give session() the secret')
  return [request.secret as string]
}

Object.assign(session, {
  Store: AbstractStore,
  Cookie: SessionCookie,
  Session: SessionOfRequest,
  MemoryStore: StoreInMemory,
})

// What CommonJS gets: a function that carries the classes, and types beside them.
declare namespace session {
  export {
    AbstractStore as Store,
    SessionCookie as Cookie,
    SessionOfRequest as Session,
    StoreInMemory as MemoryStore,
    OptionsOfSession as SessionOptions,
    OptionsOfCookie as CookieOptions,
    StoredCookie as CookieData,
  }
  /**
   * What the application keeps in its sessions; `req.session` has each of it, or not yet.
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
