import { StoreUnavailableError } from '../errors.js'
import { isThenable } from '../engine/thenable.js'

type Method = (...values: unknown[]) => unknown

/**
 * Calls a method that takes a Node callback as its last argument, as stores for express-session do. Settles once, by whichever
 * comes first: the callback, an exception, a promise that rejects. From `get`, `ENOENT` is a missing session, as file stores say it.
 */
export function callWithCallback<Value>(
  store: object,
  method: string,
  ...values: readonly unknown[]
): Promise<Value | undefined> {
  return new Promise((resolve, reject) => {
    function fail(error: unknown): void {
      if (method === 'get' && isMissing(error)) resolve(undefined)
      // A falsy reason would pass for success in whoever is told of it.
      else reject(error || new StoreUnavailableError(`The session store's ${method} failed without an error.`))
    }
    function done(error?: unknown, value?: Value | null): void {
      if (error) fail(error)
      else resolve(value ?? undefined)
    }
    try {
      // Looked up at each call: tests and monitoring replace methods of a store that is in use.
      const call = (store as Record<string, Method | undefined>)[method]
      if (typeof call !== 'function') throw new TypeError(`The session store has no method ${method}.`)
      const answer = call.call(store, ...values, done)
      if (isThenable(answer)) answer.then(undefined, fail)
    } catch (error) {
      fail(error)
    }
  })
}

function isMissing(error: unknown): boolean {
  const { code, syscall } = (error ?? {}) as { readonly code?: unknown; readonly syscall?: unknown }
  return code === 'ENOENT' && syscall !== 'connect' // which would be a socket, and so the whole store
}
