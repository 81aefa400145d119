import { isThenable } from '../../engine/thenable.js'
import { setTimeout } from '../../engine/timers.js'
import { ignoreLateCalls } from '../response/discarded-response.js'
import { abortResponse, sendError } from '../response/error-response.js'
import { printError } from '../response/error-status.js'
import type { HttpResponse } from '../response/http-response.js'

/** How a middleware passes on the request, or an error to the error handlers. */
export type Next = (error?: unknown) => unknown

/** How long an error handler may take to begin its response. */
const errorHandlerMs = 1000

/** Passes on the request. An error that its handler throws is sent as the response, because nothing else catches it here. */
export function callNext(response: HttpResponse, next: Next): void {
  try {
    next()
  } catch (error) {
    sendInstead(response, error)
  }
}

/**
 * Passes an error to the error handlers. If there are none, if they fail, or if they begin no response within a second, the error
 * itself is sent.
 */
export function passError(response: HttpResponse, error: unknown, next: Next | undefined): void {
  if (next === undefined) return sendInstead(response, error)
  try {
    const returned = next(error)
    if (isThenable(returned)) returned.then(undefined, () => sendInstead(response, error))
  } catch {
    return sendInstead(response, error)
  }
  if (!isSendable(response) || response.headersSent) return
  setTimeout(() => {
    if (!response.headersSent) sendInstead(response, error)
  }, errorHandlerMs).unref()
}

/** Passes on an error that no longer changes the response; prints errors of the error handlers. */
export function passLateError(error: unknown, next: Next | undefined): void {
  try {
    const returned = next?.(error)
    if (isThenable(returned)) returned.then(undefined, printError)
  } catch {
    printError(error)
  }
}

function sendInstead(response: HttpResponse, error: unknown): void {
  printError(error)
  if (!isSendable(response) || response.writableEnded || response.destroyed) return
  try {
    sendError(response, error)
    ignoreLateCalls(response, error)
  } catch {
    abortResponse(response)
  }
}

/** Not for an upgrade request: it comes with an object that has no methods. */
function isSendable(response: HttpResponse): boolean {
  return typeof response.end === 'function'
}
