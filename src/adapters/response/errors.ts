/** Node refuses such a chunk while the handler runs, and so must we: when held calls are played, nobody can catch it any more. */
export function refuseOddChunk(verb: string, [chunk]: readonly unknown[]): void {
  const isBody = verb === 'write' || (verb === 'end' && Boolean(chunk) && typeof chunk !== 'function')
  if (!isBody || typeof chunk === 'string' || chunk instanceof Uint8Array) return
  throw withCode(
    new TypeError('A chunk of a response must be a string, a Buffer or a Uint8Array.'),
    'ERR_INVALID_ARG_TYPE',
  )
}

/** What Node throws when a method that changes the head is called after it has left: `setHeader` "cannot set", and so on. */
export function headersSentError(method: string): Error {
  const verb = /^[a-z]+/.exec(method)?.[0] ?? method
  return withCode(new Error(`Cannot ${verb} headers after they are sent to the client`), 'ERR_HTTP_HEADERS_SENT')
}

/** Whether that is what was thrown, over HTTP/1.1 or HTTP/2. */
export function isHeadersSent(error: unknown): boolean {
  const { code } = Object(error) as { readonly code?: unknown }
  return code === 'ERR_HTTP_HEADERS_SENT' || code === 'ERR_HTTP2_HEADERS_SENT'
}

/** For callbacks and streams of an answer that was dropped. */
export function droppedAnswerError(cause?: unknown): Error {
  const error = new Error('This answer was dropped because its session could not be stored', { cause })
  return withCode(error, 'ERR_STREAM_DESTROYED')
}

/** For callbacks of what comes after the end. */
export function endedError(): Error {
  return withCode(new Error('Cannot write or end after the end of the answer'), 'ERR_STREAM_WRITE_AFTER_END')
}

function withCode(error: Error, code: string): Error {
  return Object.assign(error, { code })
}
