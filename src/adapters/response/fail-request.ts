import { isThenable } from '../../engine/thenable.js'
import { setTimeout } from '../../engine/timers.js'
import type { Target } from './patch.js'
import { silence } from './dropped-answer.js'
import { answerError, cut, printError } from './error-answer.js'

/** How a middleware goes on, or hands over an error. */
export type Next = (error?: unknown) => unknown

/** How long somebody who was told of an error may take to begin an answer. */
const patienceMs = 1000

/**
 * Who is to hear of an error once the handler has run. Express keeps in `request.next` the router that is at work, so that error
 * handlers of a sub-router come first. A `next` that takes no argument would only run the handler again.
 */
export function errorPath(request: object, next: Next): Next | undefined {
  const { next: nearest } = request as { readonly next?: unknown }
  if (typeof nearest === 'function') return nearest as Next
  return next.length > 0 ? next : undefined
}

/** Whether an error path of the application's own choice answers, whose status stands. */
export function hasErrorHandlers(request: object): boolean {
  return typeof (request as { readonly next?: unknown }).next === 'function'
}

/**
 * Hands an error over. Whoever takes it has a second to begin an answer; if nobody does, or it fails at that, the error itself is
 * the answer.
 */
export function failRequest(response: Target, error: unknown, next: Next | undefined): void {
  if (next === undefined) return answerInstead(response, error)
  try {
    const told = next(error)
    if (isThenable(told)) told.then(undefined, () => answerIfNobodyDid(response, error))
  } catch {
    return answerIfNobodyDid(response, error)
  }
  if (!isAnswerable(response) || response.headersSent) return
  setTimeout(() => {
    if (!response.headersSent) answerIfNobodyDid(response, error)
  }, patienceMs).unref()
}

/** Goes on with the request. What its handler throws is answered, since nobody stands around this call. */
export function goOn(response: Target, next: Next): void {
  try {
    next()
  } catch (error) {
    answerIfNobodyDid(response, error)
  }
}

/** Tells of an error that changes nothing about the answer. */
export function tellLate(error: unknown, next: Next | undefined): void {
  try {
    const told = next?.(error)
    if (isThenable(told)) told.then(undefined, printError)
  } catch {
    printError(error)
  }
}

function answerIfNobodyDid(response: Target, error: unknown): void {
  if (response.writableEnded || response.destroyed) return printError(error)
  answerInstead(response, error)
}

function answerInstead(response: Target, error: unknown): void {
  printError(error)
  if (!isAnswerable(response)) return
  try {
    answerError(error, response)
    silence(response, error)
  } catch {
    cut(response)
  }
}

function isAnswerable(response: Target): boolean {
  return typeof response.end === 'function'
}
