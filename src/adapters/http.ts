import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Session } from '../core/request/session.js'
import type { Sessions } from '../core/sessions.js'
import type { Target } from './response/patch.js'
import { answerError, printError } from './response/error-answer.js'
import { expressSessions, sessionOf, type SessionMiddlewareOptions } from './express.js'

/** Answers a request, whose session it is given. What it throws or rejects with goes to `onError`. */
export type SessionHandler<Data extends object> = (
  request: IncomingMessage,
  response: ServerResponse,
  session: Session<Data>,
) => unknown

/** Options of `httpSessions`. */
export interface HttpSessionsOptions extends SessionMiddlewareOptions {
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
  { isSecure, onError = printAndAnswer, ...options }: HttpSessionsOptions = {},
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

function printAndAnswer(error: unknown, _request: IncomingMessage, response: ServerResponse): void {
  printError(error)
  answerError(error, response as unknown as Target)
}
