import { nextTick } from '../../engine/timers.js'
import { operationsOf, type RequestWithStore } from '../request/session-operations.js'
import type { Cookie } from './cookie.js'
import type { AnyRequest, Done } from './loose-types.js'

/**
 * The session of one request: the application's own values, and `cookie`. Methods are not enumerable, so a loop over the session meets
 * data only.
 *
 * `save`, `reload`, `destroy` and `regenerate` take a Node callback and return the session, or without one return a promise. If the
 * promise rejects and nobody awaits it, the response fails, but not the process.
 */
export class Session {
  declare readonly id: string
  declare readonly req: AnyRequest
  declare cookie: Cookie
  /** Set while the store is unavailable, with `onOutage: 'anonymous'`: this session can only be read. */
  declare readonly unavailable?: true

  constructor(request: { readonly sessionID?: unknown }, data?: object | null) {
    Object.defineProperty(this, 'req', { value: request })
    Object.defineProperty(this, 'id', { value: request.sessionID })
    // A stored value must not replace a method of the same name.
    if (typeof data !== 'object') return
    const [self, values] = [this as Record<string, unknown>, data as Readonly<Record<string, unknown>>]
    for (const name in values) if (!(name in self)) self[name] = values[name]
  }

  /** Extends the session to its full `maxAge` from now. The middleware does so with every request. */
  touch(): this {
    return this.resetMaxAge()
  }

  resetMaxAge(): this {
    this.cookie.maxAge = this.cookie.originalMaxAge
    return this
  }

  /** Stores the session now, instead of when the response begins. */
  save(): Promise<void>
  save(callback: Done | undefined): this
  save(callback?: Done): this | Promise<void> {
    return settle(this, operationsOf(requestOf(this)).save(this), callback)
  }

  /** Replaces `req.session` with a new object that has the stored state, and drops changes. */
  reload(): Promise<void>
  reload(callback: Done | undefined): this
  reload(callback?: Done): this | Promise<void> {
    const reloaded = operationsOf(requestOf(this)).reload(this)
    if (typeof callback === 'function') return settle(this, reloaded, callback)
    reloaded.catch(() => {}) // the response need not fail: nothing is lost
    return reloaded
  }

  /** Ends the session: removes it from the request at once, and from the store. */
  destroy(): Promise<void>
  destroy(callback: Done | undefined): this
  destroy(callback?: Done): this | Promise<void> {
    delete requestOf(this).session
    return settle(this, operationsOf(requestOf(this)).destroy(this), callback)
  }

  /** Ends the session and gives the request a new, empty one with another id. Call it when a user signs in. */
  regenerate(): Promise<void>
  regenerate(callback: Done | undefined): this
  regenerate(callback?: Done): this | Promise<void> {
    // Through the store's method, which a store may override.
    const regenerated = new Promise<void>((resolve, reject) => {
      const request = requestOf(this)
      request.sessionStore.regenerate(request, (error: unknown) => (error ? reject(error) : resolve()))
    })
    return settle(this, regenerated, callback)
  }
}

function requestOf(session: Session): RequestWithStore {
  return session.req as RequestWithStore
}

function settle<Self extends Session>(
  session: Self,
  promise: Promise<void>,
  callback: Done | undefined,
): Self | Promise<void> {
  if (typeof callback !== 'function') return operationsOf(requestOf(session)).float(promise)
  callBack(promise, callback)
  return session
}

/** Calls back in another tick, so that an exception of the callback does not count as a failure of the store. */
export function callBack(promise: Promise<void>, callback: Done): void {
  promise.then(
    () => nextTick(callback),
    (error: unknown) => nextTick(callback, error),
  )
}
