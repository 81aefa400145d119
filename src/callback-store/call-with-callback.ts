import { StoreUnavailableError } from '../errors.js'
import { isThenable } from '../engine/thenable.js'

type Method = (...values: unknown[]) => unknown

/**
 * Calls a method that takes a Node callback as its last argument, as stores for express-session do. Settles with the first of: the
 * callback, an exception, or the rejection of a returned promise. `ENOENT` from `get` means that there is no
 * session, because file stores report it that way.
 */
export function callWithCallback<Value>(
  store: object,
  method: string,
  ...values: readonly unknown[]
): Promise<Value | undefined> {
  return new Promise((resolve, reject) => {
    function fail(error: unknown): void {
      if (method === 'get' && isMissing(error)) resolve(undefined)
      // A falsy reason would look like success to callers that pass it on to a callback.
      else reject(error || new StoreUnavailableError(`The session store's ${method} failed without an error.`))
    }
    function done(error?: unknown, value?: Value | null): void {
      if (error) fail(error)
      else resolve(value ?? undefined)
    }
    try {
      // Looked up on each call, because tests and monitoring replace methods of a store in use.
      const call = (store as Record<string, Method | undefined>)[method]
      if (typeof call !== 'function') throw new TypeError(`The session store has no method ${method}.`)
      const result = call.call(store, ...values, done)
      if (isThenable(result)) result.then(undefined, fail)
    } catch (error) {
      fail(error)
    }
  })
}

function isMissing(error: unknown): boolean {
  const { code, syscall } = (error ?? {}) as { readonly code?: unknown; readonly syscall?: unknown }
  return code === 'ENOENT' && syscall !== 'connect' // a missing socket: the whole store is unreachable
}
