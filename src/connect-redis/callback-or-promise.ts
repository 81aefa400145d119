import { nextTick } from '../engine/timers.js'
import type { Answer } from '../express-session/api/loose-types.js'

/**
 * Passes the result of `work` to the callback, or returns its promise if there is no callback. Calls back in another tick, so that an
 * exception of the callback does not count as a failure of the store. The promise then resolves to what the callback returned.
 */
export function callbackOrPromise<Value>(
  callback: Answer<Value> | undefined,
  work: () => Promise<Value>,
): Promise<Value> {
  if (typeof callback !== 'function') return work()
  return new Promise<unknown>((resolve) => {
    const call = (error: unknown, value: Value | null): void =>
      nextTick(() => {
        let result: unknown
        try {
          result = callback(error, value)
        } finally {
          resolve(result)
        }
      })
    work().then(
      (value) => call(null, value),
      (error: unknown) => call(error, null),
    )
  }) as Promise<Value>
}
