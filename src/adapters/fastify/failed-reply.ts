import type { FastifyReply } from 'fastify'
import { ignoreLateCalls } from '../response/discarded-response.js'
import { resetHead, sendError } from '../response/error-response.js'

/** Responds with an error to a request whose response was discarded, or would have been; one that has begun is only logged. */
export function respondWith(error: Error, reply: FastifyReply): void {
  const { raw } = reply
  if (!raw.headersSent && !raw.destroyed && !reply.sent) {
    discardReply(reply, error)
    reply.send(error)
    return
  }
  // Fastify takes no part in a hijacked reply.
  reply.log.error({ err: error }, error.message)
  if (raw.headersSent || raw.destroyed) return
  sendError(raw, error)
  ignoreLateCalls(raw, error)
}

/** Removes what a handler prepared, so that the error handler's reply does not look like success. */
export function discardReply(reply: FastifyReply, error: unknown, payload?: unknown): void {
  resetHead(reply.raw, error)
  const removeHeader = (name: string): void => void reply.removeHeader(name)
  resetHead({ getHeaderNames: () => Object.keys(reply.getHeaders()), removeHeader }, error)
  const { destroy } = Object(payload) as { readonly destroy?: () => void }
  if (typeof destroy === 'function') destroy.call(payload)
}
