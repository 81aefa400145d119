import type { ResponseCall } from './http-response.js'

/** Throws for a chunk that Node refuses: when a held call is replayed, the caller can no longer catch the error. */
export function checkChunk({ method, values: [chunk] }: ResponseCall): void {
  const isBody = method === 'write' || (method === 'end' && Boolean(chunk) && typeof chunk !== 'function')
  if (!isBody || typeof chunk === 'string' || chunk instanceof Uint8Array) return
  throw withCode(
    new TypeError('A chunk of a response must be a string, a Buffer or a Uint8Array.'),
    'ERR_INVALID_ARG_TYPE',
  )
}

/** What Node throws when a method changes a head that was sent: "Cannot set headers after …" for `setHeader`, and so on. */
export function headersSentError(method: string): Error {
  const verb = /^[a-z]+/.exec(method)?.[0] ?? method
  return withCode(new Error(`Cannot ${verb} headers after they are sent to the client`), 'ERR_HTTP_HEADERS_SENT')
}

/** Whether `error` is that one, over HTTP/1.1 or HTTP/2. */
export function isHeadersSent(error: unknown): boolean {
  const { code } = Object(error) as { readonly code?: unknown }
  return code === 'ERR_HTTP_HEADERS_SENT' || code === 'ERR_HTTP2_HEADERS_SENT'
}

/** For callbacks and streams of a discarded response. */
export function discardedResponseError(cause?: unknown): Error {
  const error = new Error('This response was discarded because its session could not be stored', { cause })
  return withCode(error, 'ERR_STREAM_DESTROYED')
}

/** For callbacks of calls that come after the end. */
export function writeAfterEndError(): Error {
  return withCode(new Error('Cannot write or end after the end of the response'), 'ERR_STREAM_WRITE_AFTER_END')
}

function withCode(error: Error, code: string): Error {
  return Object.assign(error, { code })
}
