import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Session } from '../core/session.js'
import type { OpenOptions, Sessions } from '../core/sessions.js'
import { expressSessions, sessionOf } from './express.js'

/** Answers a request, whose session it is given. What it throws or rejects with goes to `onError`. */
export type SessionHandler<Data extends object> = (
  request: IncomingMessage,
  response: ServerResponse,
  session: Session<Data>,
) => unknown

/** Options of `httpSessions`. */
export interface HttpSessionsOptions extends OpenOptions {
  /**
   * Whether a request came over HTTPS. Default: whether its own connection is TLS. Behind a proxy that ends HTTPS, where nobody
   * else reaches this server: `(request) => request.headers['x-forwarded-proto'] === 'https'`.
   */
  readonly isSecure?: (request: IncomingMessage) => boolean
  /**
   * Answers what the handler threw, or that the session could not be read or stored; then nothing of the handler's answer was
   * sent. Default: the error's `status` and `headers`, or 500; those from 500 on are printed.
   */
  readonly onError?: (error: unknown, request: IncomingMessage, response: ServerResponse) => void
}

/**
 * A request listener for `node:http` and `node:https` whose handler is given the session of the request, which is stored before
 * the first byte of the response leaves.
 *
 * @example
 * ```ts
 * createServer(httpSessions(sessions, (request, response, session) => {
 *   response.end(session.userId ?? 'nobody')
 * }))
 * ```
 */
export function httpSessions<Data extends object>(
  sessions: Sessions<Data>,
  handler: SessionHandler<Data>,
  { isSecure, onError = answerError, ...options }: HttpSessionsOptions = {},
): (request: IncomingMessage, response: ServerResponse) => void {
  const openSession = expressSessions(sessions, options)
  return (request, response) => {
    let answerDropped = false
    const handle = async (): Promise<void> => {
      try {
        await handler(request, response, sessionOf(sessions, request))
      } catch (error) {
        // A handler whose answer was dropped may fail on that; its error has been answered already.
        if (!answerDropped) onError(error, request, response)
      }
    }
    if (isSecure) Object.assign(request, { secure: isSecure(request) })
    openSession(request, response, (error) => {
      if (error === undefined) return void handle()
      answerDropped = true
      onError(error, request, response)
    })
  }
}

function answerError(error: unknown, _request: IncomingMessage, response: ServerResponse): void {
  const { status, headers } = Object(error) as { readonly status?: unknown; readonly headers?: Record<string, string> }
  const statusCode = Number.isInteger(status) && Number(status) >= 400 && Number(status) < 600 ? Number(status) : 500
  // oxlint-disable-next-line no-console -- As Express does: nobody else would hear of it.
  if (statusCode >= 500) console.error(error)
  if (response.headersSent) response.destroy()
  else response.writeHead(statusCode, { 'Content-Type': 'text/plain', ...headers }).end(STATUS_CODES[statusCode])
}
