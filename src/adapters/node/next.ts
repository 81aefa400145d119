import { isThenable } from '../../engine/thenable.js'
import { setTimeout } from '../../engine/timers.js'
import { ignoreLateCalls } from '../response/discarded-response.js'
import { abortResponse, printError, sendError } from '../response/error-response.js'
import type { HttpResponse } from '../response/http-response.js'

/** How a middleware hands the request on, or passes an error to the error handlers. */
export type Next = (error?: unknown) => unknown

/** How long an error handler may take to begin its response. */
const errorHandlerMs = 1000

/** Hands the request on. An error that its handler throws is sent as the response, since nobody else catches it here. */
export function callNext(response: HttpResponse, next: Next): void {
  try {
    next()
  } catch (error) {
    sendUnlessEnded(response, error)
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
    if (isThenable(returned)) returned.then(undefined, () => sendUnlessEnded(response, error))
  } catch {
    return sendUnlessEnded(response, error)
  }
  if (!isSendable(response) || response.headersSent) return
  setTimeout(() => {
    if (!response.headersSent) sendUnlessEnded(response, error)
  }, errorHandlerMs).unref()
}

/** Passes on an error that no longer changes the response; prints what the error handlers fail with. */
export function passLateError(error: unknown, next: Next | undefined): void {
  try {
    const returned = next?.(error)
    if (isThenable(returned)) returned.then(undefined, printError)
  } catch {
    printError(error)
  }
}

function sendUnlessEnded(response: HttpResponse, error: unknown): void {
  if (response.writableEnded || response.destroyed) return printError(error)
  sendInstead(response, error)
}

function sendInstead(response: HttpResponse, error: unknown): void {
  printError(error)
  if (!isSendable(response)) return
  try {
    sendError(error, response)
    ignoreLateCalls(response, error)
  } catch {
    abortResponse(response)
  }
}

/** Upgrade requests have no response: they come with an object that has no methods. */
function isSendable(response: HttpResponse): boolean {
  return typeof response.end === 'function'
}
