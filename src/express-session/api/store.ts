import { EventEmitter } from 'node:events'
import { operationsOf, type RequestWithStore } from '../request/session-operations.js'
import { callableWithoutNew } from './callable-class.js'
import { restoreCookie, type Cookie, type CookieData } from './cookie.js'
import type { Answer, AnyRequest, AnySession, Done } from './loose-types.js'
import { callBack, Session } from './session.js'

/** A session as it is stored: the application's values beside the cookie. */
export interface StoredSession {
  cookie: Cookie | CookieData
  [name: string]: unknown
}

abstract class StoreBase extends EventEmitter {
  /** Gives a request a new session. The middleware sets this on the store that it is given. */
  declare generate: (request: never) => void

  /** Calls back with the session of this id, or with nothing if there is none. */
  abstract get(id: string, callback: Answer<AnySession>): unknown
  /** Stores a session, whether or not there is one of this id. */
  abstract set(id: string, session: AnySession, callback?: Done): unknown
  abstract destroy(id: string, callback?: Done): unknown
  /** Optional: extends a session's lifetime without storing it. */
  touch?(id: string, session: AnySession, callback?: Done): unknown
  all?(callback: Answer<AnySession>): unknown
  length?(callback: Answer<AnySession>): unknown
  clear?(callback?: Done): unknown

  /** Destroys the session of a request and gives the request a new one. Calls back with the error if destroying failed. */
  regenerate(request: AnyRequest, callback: Done): void {
    callBack(operationsOf(request as RequestWithStore).regenerate(), callback)
  }

  /** Calls back with the session of this id as a `Session` without a request, or with nothing if there is none. */
  load(id: string, callback: Answer<AnySession>): void {
    this.get(id, (error: unknown, data: StoredSession | null | undefined) => {
      if (error) return callback(error)
      if (!data) return callback()
      callback(null, this.createSession({ sessionID: id, sessionStore: this }, data))
    })
  }

  /** Makes stored data the session of a request. */
  createSession(request: AnyRequest, data: AnySession): AnySession {
    const stored = data as StoredSession
    stored.cookie = restoreCookie(stored.cookie)
    const session = new Session(request as RequestWithStore, stored)
    ;(request as RequestWithStore).session = session
    return session
  }
}

/**
 * The base of stores, which extend it as a class, or by `Store.call(this)` and `util.inherits`. They implement `get`, `set` and `destroy`,
 * which take a Node callback and may call it synchronously.
 */
export const Store = callableWithoutNew(StoreBase, (self) => {
  Reflect.apply(EventEmitter, self, [])
})
export type Store = StoreBase
