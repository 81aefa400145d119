import { STATUS_CODES } from 'node:http'
import type { Target } from './patch.js'
import { hasStatusMessage, type ResponseHead } from './head.js'

// What describes one answer. Everything else (request ids, security headers, cookies) belongs to the application in general.
const answerHeaders = new Set([
  'accept-ranges',
  'cache-control',
  'clear-site-data', // a sign-out that failed must not delete the cookie it needs to be tried again
  'content-digest',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-md5',
  'content-range',
  'content-type',
  'etag',
  'expires',
  'last-modified',
  'location',
  'refresh',
  'repr-digest',
  'trailer',
  'transfer-encoding',
])

/** Takes back what a handler had set for an answer that will not be given; the headers of the application in general stay. */
export function withdrawAnswer(response: ResponseHead, error: unknown): void {
  const names = response.getHeaderNames?.() ?? []
  for (const name of names) if (answerHeaders.has(name.toLowerCase())) response.removeHeader?.(name)
  if (response.statusCode === undefined) return
  response.statusCode = statusOf(error)
  if (hasStatusMessage(response)) response.statusMessage = '' // Node's default for the status
}

/** Not 200: an error handler that sets no status must not make a success of it. */
function statusOf(error: unknown): number {
  const { status } = Object(error) as { readonly status?: unknown }
  return Number.isInteger(status) && Number(status) >= 400 && Number(status) <= 599 ? Number(status) : 500
}

/** A handler that is run again in place of an error handler must not succeed with what was not stored. */
export function forbidSuccess(response: ResponseHead, error: unknown): void {
  const { statusCode = 200 } = response
  if (statusCode < 300) response.statusCode = statusOf(error)
}

/** Answers with the error's `status` and `headers`, or 500. An answer that has begun is cut instead. */
export function answerError(error: unknown, response: Target): void {
  if (response.headersSent) return cut(response)
  const { headers } = Object(error) as { readonly headers?: Readonly<Record<string, string>> }
  const body = STATUS_CODES[statusOf(error)] ?? ''
  withdrawAnswer(response, error)
  const fields = { 'Content-Type': 'text/plain', 'Content-Length': body.length, ...headers }
  for (const [name, value] of Object.entries(fields)) response.setHeader?.(name, value)
  response.end(body)
}

/** Prints an error of the server that nobody else would hear of, as Express does. */
export function printError(error: unknown): void {
  // oxlint-disable-next-line no-console
  if (statusOf(error) >= 500) console.error(error)
}

/** Breaks the connection, so that what was sent does not pass as the whole answer. */
export function cut(response: Target): void {
  const { stream } = response
  // Over HTTP/2 a stream that is merely destroyed may look complete: 2 is INTERNAL_ERROR.
  if (typeof stream?.close === 'function') stream.close(2)
  else response.destroy?.()
}
