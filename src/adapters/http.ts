import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Session } from '../core/request/session.js'
import type { Sessions } from '../core/sessions.js'
import { nodeMiddleware, type SessionMiddlewareOptions } from './node/middleware.js'
import { sessionOf } from './node/attached-session.js'
import { sendError } from './response/error-response.js'
import { printError } from './response/error-status.js'

/** Responds to a request with its session. Errors that it throws or rejects with go to `onError`. */
export type SessionHandler<Data extends object> = (
  request: IncomingMessage,
  response: ServerResponse,
  session: Session<Data>,
) => unknown

/** Options of `httpSessions`. */
export interface HttpSessionsOptions extends SessionMiddlewareOptions {
  /**
   * Whether a request came over HTTPS. Default: whether its own connection is TLS. Behind a proxy that terminates TLS, if nobody
   * else can reach this server: `(request) => request.headers['x-forwarded-proto'] === 'https'`.
   */
  readonly isSecure?: (request: IncomingMessage) => boolean
  /**
   * Responds to errors of the handler, and to sessions that could not be read or stored. Nothing of the handler's own response was sent
   * then. Default: the error's `status` and `headers`, or 500; errors of 500 and above are printed.
   */
  readonly onError?: (error: unknown, request: IncomingMessage, response: ServerResponse) => void
}

/**
 * A request listener for `node:http` and `node:https` whose handler gets the session of the request, which is stored before the
 * first byte of the response is sent.
 *
 * @throws InvalidOptionError for an option that cannot work.
 *
 * @example
 * ```ts
 * createServer(httpSessions(sessions, (request, response, session) => {
 *   response.end(session.userId ?? 'anonymous')
 * }))
 * ```
 */
export function httpSessions<Data extends object>(
  sessions: Sessions<Data>,
  handler: SessionHandler<Data>,
  options: HttpSessionsOptions = {},
): (request: IncomingMessage, response: ServerResponse) => void {
  const openSession = nodeMiddleware(sessions, options, ['isSecure', 'onError'])
  const { onError = printAndSend } = options
  return (request, response) => {
    let state: 'open' | 'failed' = 'open'
    const handle = async (): Promise<void> => {
      try {
        await handler(request, response, sessionOf(sessions, request))
      } catch (error) {
        // A handler may fail because its response was discarded; that error was answered already.
        if (state === 'open') onError(error, request, response)
      }
    }
    openSession(request, response, (error) => {
      if (error === undefined) return void handle()
      state = 'failed'
      onError(error, request, response)
    })
  }
}

function printAndSend(error: unknown, _request: IncomingMessage, response: ServerResponse): void {
  printError(error)
  sendError(response, error)
}
