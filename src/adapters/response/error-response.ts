import { STATUS_CODES } from 'node:http'
import { statusOf } from './error-status.js'
import { hasStatusMessage, type HttpResponse, type ResponseHead } from './http-response.js'

// The headers that describe one body. All others (request ids, security headers, cookies) suit every response of the application.
// `Clear-Site-Data` is one of them: after a failed sign-out, the browser needs its cookie to try again.
const bodyHeader =
  /^(?:accept-ranges|cache-control|clear-site-data|content-(?:digest|disposition|encoding|language|length|location|md5|range|type)|etag|expires|last-modified|location|refresh|repr-digest|trailer|transfer-encoding)$/i

/** Removes what a handler set for a response that will not be sent, and sets the error's status, so that nothing looks like success. */
export function resetHead(response: ResponseHead, error: unknown): void {
  const names = response.getHeaderNames?.() ?? []
  for (const name of names) if (bodyHeader.test(name)) response.removeHeader?.(name)
  if (response.statusCode === undefined) return
  response.statusCode = statusOf(error)
  if (hasStatusMessage(response)) response.statusMessage = '' // Node's default for the status
}

/** Replaces a 2xx status: a handler that runs again instead of an error handler must not report success for what was not stored. */
export function forbidSuccess(response: ResponseHead, error: unknown): void {
  const { statusCode = 200 } = response
  if (statusCode < 300) response.statusCode = statusOf(error)
}

/** Sends a response with the error's `status` and `headers`, or 500. Aborts a response that has begun. */
export function sendError(response: HttpResponse, error: unknown): void {
  if (response.headersSent) return abortResponse(response)
  const { headers } = Object(error) as { readonly headers?: Readonly<Record<string, string>> }
  const body = STATUS_CODES[statusOf(error)] ?? ''
  resetHead(response, error)
  const fields = { 'Content-Type': 'text/plain', 'Content-Length': body.length, ...headers }
  for (const [name, value] of Object.entries(fields)) response.setHeader?.(name, value)
  response.end(body)
}

/** Closes the connection or stream, so that what was sent cannot pass for a complete response. */
export function abortResponse(response: HttpResponse): void {
  const { stream } = response
  // Over HTTP/2 a stream that is merely destroyed may look complete: 2 is INTERNAL_ERROR.
  if (typeof stream?.close === 'function') stream.close(2)
  else response.destroy?.()
}
