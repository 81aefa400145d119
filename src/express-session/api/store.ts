import { EventEmitter } from 'node:events'
import type { Answer, AnyRequest, AnySession, Done } from './foreign-types.js'
import { callableWithoutNew } from './callable.js'
import { Cookie, type CookieData } from './cookie.js'
import { dealingsOf, type Unattended } from '../request/dealings.js'
import type { SessionRequest } from '../request/request.js'
import { Session } from './session.js'
import { nextTick } from '../../engine/timers.js'

/** A session as stores hold it: the application's values beside the cookie. */
export interface StoredSession {
  cookie: Cookie | CookieData
  [name: string]: unknown
}

/** A request as far as a session made without one needs it. */
type Requestish = Pick<SessionRequest, 'sessionID' | 'sessionStore'> & { session?: unknown }

abstract class StoreBase extends EventEmitter {
  /** Gives a request a new session. The middleware puts this on the store that it is given. */
  declare generate: (request: never) => void

  /** The session of this id; nothing for one that is not there. */
  abstract get(id: string, callback: Answer<AnySession>): unknown
  /** Stores a session, whatever stood there. */
  abstract set(id: string, session: AnySession, callback?: Done): unknown
  abstract destroy(id: string, callback?: Done): unknown
  /** Optional: moves the end of a session's life without storing it. */
  touch?(id: string, session: AnySession, callback?: Done): unknown
  all?(callback: Answer<AnySession>): unknown
  length?(callback: Answer<AnySession>): unknown
  clear?(callback?: Done): unknown

  /** Destroys the session of a request and gives it a new one, in any case; then calls back with what went wrong. */
  regenerate(request: AnyRequest, callback: Done): void {
    dealingsOf(request as Unattended)
      .regenerate()
      .then(
        () => nextTick(callback),
        (error: unknown) => nextTick(callback, error),
      )
  }

  /** The session of this id as a `Session` that belongs to no request; calls back with nothing for one that is not there. */
  load(id: string, callback: Answer<AnySession>): void {
    this.get(id, (error: unknown, data: StoredSession | null | undefined) => {
      if (error) return callback(error)
      if (!data) return callback()
      callback(null, this.createSession({ sessionID: id, sessionStore: this }, data))
    })
  }

  /** Makes what is stored the session of a request. */
  createSession(request: AnyRequest, data: AnySession): AnySession {
    return makeSession(request as Requestish, data as StoredSession)
  }
}

function makeSession(request: Requestish, data: StoredSession): Session {
  const { expires, originalMaxAge } = data.cookie
  const cookie = new Cookie(data.cookie)
  if (typeof expires === 'string') cookie.expires = new Date(expires)
  cookie.originalMaxAge = originalMaxAge as number | null
  data.cookie = cookie
  const session = new Session(request, data)
  request.session = session
  return session
}

/**
 * What stores extend, as a class or by `Store.call(this)` and `util.inherits`. `get`, `set` and `destroy` are theirs; each takes a
 * Node callback, which may be called at once.
 */
export const Store = callableWithoutNew(StoreBase, (self) => {
  Reflect.apply(EventEmitter, self, [])
})
export type Store = StoreBase
