import { discardedResponseError } from './errors.js'
import { resetHead } from './error-response.js'
import { headerMethods } from './head.js'
import { rejectCall } from './held-calls.js'
import { sendMethods, type HttpResponse, type Method, type SendMethod } from './http-response.js'

/** Makes every late call of a handler harmless, once an error response was sent in its place. */
export function ignoreLateCalls(response: HttpResponse, error: unknown): void {
  const methods = response as unknown as Record<string, unknown>
  for (const name of headerMethods) if (name in response) methods[name] = () => response
  for (const method of sendMethods) {
    if (method in response) methods[method] = (...values: unknown[]) => rejectCall({ method, values }, response, error)
  }
}

/**
 * Prepares a response whose handler's output was discarded for another one.
 *
 * Timers and streams of the handler may go on writing. Until the other response has ended, their calls look like those of a slow
 * error handler; from then on they are rejected with `error`. `setHeaders` completes the head on hosts that never call `writeHead`.
 */
export function replaceResponse(
  response: HttpResponse,
  { write, end }: Readonly<Record<SendMethod, Method>>,
  error: unknown,
  isAwaited: boolean,
  setHeaders: () => void,
): void {
  const pipelines = new DiscardedPipelines(response, isAwaited, error)
  let state: 'open' | 'ending' | 'ended' = 'open'
  const isOver = (): boolean =>
    state === 'ended' || (state === 'open' && (response.writableEnded === true || response.destroyed === true))
  if (typeof write === 'function') {
    response.write = (...values) => {
      if (isOver()) return rejectCall({ method: 'write', values }, response, error)
      setHeaders()
      return write.apply(response, values)
    }
  }
  response.end = (...values) => {
    if (isOver()) return rejectCall({ method: 'end', values }, response, error)
    setHeaders()
    state = 'ending'
    try {
      const returned = end.apply(response, values)
      state = 'ended'
      pipelines.fail()
      return returned
    } finally {
      if (state === 'ending') state = 'open' // Node has refused it
    }
  }
  resetHead(response, error)
  response.addTrailers?.({})
}

/**
 * Streams that wait for `drain` of a discarded response, as `pipeline` does. It never comes. They must fail before they take the end
 * of the other response for their own.
 */
class DiscardedPipelines {
  readonly #response: HttpResponse
  readonly #listeners: readonly unknown[]
  readonly #error: Error

  constructor(response: HttpResponse, isAwaited: boolean, cause: unknown) {
    this.#response = response
    this.#listeners = (isAwaited && response.rawListeners?.('error')) || []
    this.#error = discardedResponseError(cause)
    if (this.#listeners.length > 0) this.#keepOpen()
  }

  /** A stream that fails destroys what it writes to; but another response is sent there. */
  #keepOpen(): void {
    const response = this.#response
    const { destroy } = response
    response.destroy = (...values) =>
      values[0] === this.#error ? response : Reflect.apply(destroy as Method, response, values)
  }

  fail(): void {
    const current = this.#listeners.length > 0 ? this.#response.rawListeners?.('error') : []
    for (const listener of this.#listeners) {
      if (!current?.includes(listener)) continue
      try {
        Reflect.apply(listener as Method, this.#response, [this.#error])
      } catch {
        // `pipe` throws the error if nothing else listens for it.
      }
    }
  }
}
