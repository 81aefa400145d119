import type { AnyRequest, Done } from './foreign-types.js'
import type { Cookie } from './cookie.js'
import { dealingsOf, type Unattended } from '../request/dealings.js'
import { nextTick } from '../../engine/timers.js'

/**
 * The session of one request: the application's own values, and `cookie`. Methods are not enumerable, so that going through it
 * meets data only.
 *
 * `save`, `reload`, `destroy` and `regenerate` take a Node callback and give the session back, or without one give a promise.
 * A promise that nobody waits for ends no process when it rejects; but the response fails.
 */
export class Session {
  declare readonly id: string
  declare readonly req: AnyRequest
  declare cookie: Cookie
  /** The store could not be asked, and the route goes on without it (`policy: 'optional'`): this one is anonymous and can only be read. */
  declare readonly unavailable?: true

  constructor(request: { readonly sessionID?: unknown }, data?: object | null) {
    Object.defineProperty(this, 'req', { value: request })
    Object.defineProperty(this, 'id', { value: request.sessionID })
    // What is stored under the name of a method must not take its place.
    if (typeof data !== 'object') return
    for (const name in data) if (!(name in this)) Reflect.set(this, name, Reflect.get(data, name))
  }

  /** Lets it live for its whole `maxAge` again, from now. The middleware does so with each request. */
  touch(): this {
    return this.resetMaxAge()
  }

  resetMaxAge(): this {
    this.cookie.maxAge = this.cookie.originalMaxAge
    return this
  }

  /** Stores it now, instead of when the response leaves. */
  save(): Promise<void>
  save(callback: Done | undefined): this
  save(callback?: Done): this | Promise<void> {
    return answer(this, dealingsOf(requestOf(this)).save(this), callback)
  }

  /** Puts what is stored now on the request, as another object, and drops what this one was changed to. */
  reload(): Promise<void>
  reload(callback: Done | undefined): this
  reload(callback?: Done): this | Promise<void> {
    const reloaded = dealingsOf(requestOf(this)).reload(this)
    return typeof callback === 'function' ? answer(this, reloaded, callback) : quiet(reloaded)
  }

  /** Ends it: takes it off the request at once, and removes what is stored. */
  destroy(): Promise<void>
  destroy(callback: Done | undefined): this
  destroy(callback?: Done): this | Promise<void> {
    delete requestOf(this).session
    return answer(this, dealingsOf(requestOf(this)).destroy(this), callback)
  }

  /** Ends it and gives the request a new, empty one with another id: what has to be done when somebody signs in. */
  regenerate(): Promise<void>
  regenerate(callback: Done | undefined): this
  regenerate(callback?: Done): this | Promise<void> {
    // By the store, whose own way it may be.
    const regenerated = new Promise<void>((resolve, reject) => {
      const request = requestOf(this)
      request.sessionStore.regenerate(request, (error: unknown) => (error ? reject(error) : resolve()))
    })
    return answer(this, regenerated, callback)
  }
}

function requestOf(session: Session): Unattended {
  return session.req as Unattended
}

function answer<Self extends Session>(
  session: Self,
  promise: Promise<void>,
  callback: Done | undefined,
): Self | Promise<void> {
  if (typeof callback !== 'function') return dealingsOf(requestOf(session)).answerFor(promise)
  // On a tick of its own, so that what it throws is not taken for a failure of the store.
  promise.then(
    () => nextTick(callback),
    (error: unknown) => nextTick(callback, error),
  )
  return session
}

function quiet(promise: Promise<void>): Promise<void> {
  promise.catch(() => {})
  return promise
}
