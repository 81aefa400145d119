import { nextTick } from '../../engine/timers.js'
import { checkChunk, headersSentError, writeAfterEndError } from './errors.js'
import type { HttpResponse, Method, SendMethod } from './http-response.js'

/** A call to be carried out later. */
export interface HeldCall {
  readonly method: SendMethod
  readonly values: unknown[]
}

/** What a call returns that is not carried out now. */
export function returnValue(response: HttpResponse, method: SendMethod): unknown {
  if (method === 'write') return false
  return method === 'flushHeaders' ? undefined : response
}

/** Does not carry out a call, and passes the error to its callback. */
export function rejectCall({ method, values }: HeldCall, response: HttpResponse, error: unknown): unknown {
  const callback = values.findLast((value) => typeof value === 'function') as Method | undefined
  if (callback !== undefined) nextTick(callback, error)
  return returnValue(response, method)
}

export function hasEnd(calls: readonly HeldCall[]): boolean {
  return calls.at(-1)?.method === 'end'
}

/** Adds a call to those that are held, as far as Node would carry it out after them. */
export function recordCall(calls: HeldCall[], call: HeldCall, response: HttpResponse): unknown {
  const { method, values } = call
  checkChunk(method, values)
  if (method === 'writeHead' && calls.length > 0) {
    // Wrappers that look for Node's own head instead of `headersSent` ask for it again with each write.
    if (values.length === 1) return response
    throw headersSentError(method)
  }
  if (hasEnd(calls)) return rejectLateCall(call, response)
  calls.push(call)
  return returnValue(response, method)
}

/** After the end: Node emits an error, which ends the process if nothing listens, so it is emitted only if something does. */
function rejectLateCall(call: HeldCall, response: HttpResponse): unknown {
  const error = writeAfterEndError()
  const hasListeners = (): boolean => (response.rawListeners?.('error') ?? []).length > 0
  if (call.method === 'write') nextTick(() => hasListeners() && response.emit?.('error', error))
  return rejectCall(call, response, error)
}
