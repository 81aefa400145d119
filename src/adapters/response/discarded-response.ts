import { discardedResponseError } from './errors.js'
import { resetHead } from './error-response.js'
import { rejectCall } from './held-calls.js'
import { HeldEnd } from './held-end.js'
import { headerMethods, sendMethods } from './http-response.js'
import type { HttpResponse, Method, ResponseCall, SendMethods } from './http-response.js'

/** Makes late calls of a handler harmless after an error response was sent instead of its own. */
export function ignoreLateCalls(response: HttpResponse, error: unknown): void {
  const methods = response as unknown as Record<string, Method>
  for (const name of headerMethods) if (name in response) methods[name] = () => response
  for (const method of sendMethods) {
    if (method in response) methods[method] = (...values) => rejectCall(response, { method, values }, error)
  }
}

/**
 * Prepares a response whose handler's output was discarded for another one.
 *
 * Timers and streams of the handler may continue to write. Until the other response has ended, their calls look like those of a slow
 * error handler; after that they are rejected with `error`. `setHeaders` completes the head on hosts that never call `writeHead`.
 */
export function replaceResponse(
  response: HttpResponse,
  original: SendMethods,
  error: unknown,
  isAwaited: boolean,
  setHeaders: () => void,
): void {
  const failWaiting = isAwaited ? waitingStreams(response, discardedResponseError(error)) : undefined
  const end = new HeldEnd(response, original)
  for (const method of ['write', 'end'] as const) {
    if (typeof original[method] !== 'function') continue
    response[method] = (...values) => {
      const call: ResponseCall = { method, values }
      const isOver = end.state === 'open' && (response.writableEnded === true || response.destroyed === true)
      if (isOver || end.state === 'ended') return rejectCall(response, call, error)
      setHeaders()
      const returned = end.send(call)
      if (method === 'end') failWaiting?.()
      return returned
    }
  }
  resetHead(response, error)
  response.addTrailers?.({})
}

/**
 * Streams that wait for `drain` of a discarded response, as `pipeline` does. It never comes, so the returned function fails them: they
 * must not mistake the end of the other response for their own.
 */
function waitingStreams(response: HttpResponse, error: Error): () => void {
  const listeners = response.rawListeners?.('error') ?? []
  const { destroy } = response
  // A stream that fails destroys its target, but the target is sending another response.
  if (listeners.length > 0)
    response.destroy = (...values) => (values[0] === error ? response : destroy?.apply(response, values))
  return () => {
    const current = new Set(response.rawListeners?.('error'))
    for (const listener of listeners) {
      try {
        if (current.has(listener)) (listener as Method).call(response, error)
      } catch {
        // `pipe` throws the error if nothing else listens for it.
      }
    }
  }
}
