import { nextTick } from '../../engine/timers.js'
import { checkChunk, headersSentError, writeAfterEndError } from './errors.js'
import type { HttpResponse, Method, ResponseCall, SendMethod } from './http-response.js'

/** What a call returns if it is not carried out now. */
export function returnValue(response: HttpResponse, method: SendMethod): unknown {
  if (method === 'write') return false
  return method === 'flushHeaders' ? undefined : response
}

/** Does not carry out a call, and passes the error to its callback. */
export function rejectCall(response: HttpResponse, { method, values }: ResponseCall, error: unknown): unknown {
  const callback = values.findLast((value) => typeof value === 'function') as Method | undefined
  if (callback !== undefined) nextTick(callback, error)
  return returnValue(response, method)
}

/** Adds a call to those that are held, unless Node would refuse it after them. */
export function recordCall(response: HttpResponse, calls: ResponseCall[], call: ResponseCall): unknown {
  const { method, values } = call
  checkChunk(call)
  if (method === 'writeHead' && calls.length > 0) {
    // Wrappers that check Node's own head instead of `headersSent` write it again with each chunk.
    if (values.length === 1) return response
    throw headersSentError(method)
  }
  if (calls.at(-1)?.method === 'end') return rejectLateCall(response, call)
  calls.push(call)
  return returnValue(response, method)
}

/** After the end, Node emits an error, which ends the process without a listener; here it is emitted only with one. */
function rejectLateCall(response: HttpResponse, call: ResponseCall): unknown {
  const error = writeAfterEndError()
  const hasListeners = (): boolean => (response.rawListeners?.('error') ?? []).length > 0
  if (call.method === 'write') nextTick(() => hasListeners() && response.emit?.('error', error))
  return rejectCall(response, call, error)
}
