import type { H3EventContext } from 'h3'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Session } from '../../core/request/session.js'
import type { Sessions } from '../../core/sessions.js'
import { InvalidArgumentError } from '../../errors.js'
import type { OpenOptions } from '../../options.js'
import { checkFunctions } from '../check-options.js'
import { attachmentOf, sessionOn, setOwnSession } from '../node/attached-session.js'
import { awaitedSessions } from '../node/awaited-sessions.js'
import { ignoreLateCalls } from '../response/discarded-response.js'
import { sendError } from '../response/error-response.js'
import { printError } from '../response/error-status.js'

export { sessionOf } from '../node/attached-session.js'
export { requireRecentSignIn, requireUser, type NuxtGuard } from './guards.js'

declare module 'h3' {
  interface H3EventContext {
    /** The session of this request, once `nuxtSessions` has run. */
    session: Session
  }
}

/** What of an event of Nuxt is used. */
export interface NuxtEvent {
  readonly node: { readonly req: IncomingMessage; readonly res: ServerResponse }
  readonly context: Partial<H3EventContext>
}

/** Options of `nuxtSessions`. */
export interface NuxtSessionsOptions extends Pick<OpenOptions, 'onOutage'> {
  /** Whether reading the session renews it; a function decides for each event. Default `true`. */
  readonly renew?: boolean | ((event: NuxtEvent) => boolean)
  /**
   * Whether a request came over HTTPS. Default: whether its own connection is TLS. Behind a proxy that ends HTTPS, if nobody else can reach this server:
   * `(request) => request.headers['x-forwarded-proto'] === 'https'`.
   */
  readonly isSecure?: (request: IncomingMessage) => boolean
}

/**
 * A server middleware that gives each request its session, as `event.context.session`, and stores it before the first byte of the response is sent.
 * What a page fetches from the application itself, by `useFetch`, has the session of the page.
 *
 * If the store fails, nothing of the response is sent but the error's `status` and `headers`; the error is printed.
 *
 * @throws InvalidOptionError for an option that cannot work.
 *
 * @example
 * ```ts
 * // server/middleware/session.ts
 * export default defineEventHandler(nuxtSessions(sessions))
 * ```
 */
export function nuxtSessions<Data extends object>(
  sessions: Sessions<Data>,
  options: NuxtSessionsOptions = {},
): (event: NuxtEvent) => Promise<void> {
  const { isSecure } = Object(options) as NuxtSessionsOptions
  const open = awaitedSessions<NuxtEvent>(sessions, options, ({ node }) => isSecure?.(node.req), ['isSecure'])
  checkFunctions(options, ['isSecure'])
  return async (event) => {
    const { node, context } = event
    const { req, res } = node
    const page = pageOf(req)
    if (page !== undefined) return takeSession(event, page, sessions)
    const opened = open(req, res, event, (error) => respondWith(error, res))
    await opened.catch((error: unknown) => rethrow(error, res))
    Object.assign(context, { session: sessionOn(req) })
  }
}

/** The context of the page, for a request that the application makes itself: Nitro gives it that context, and no connection. */
function pageOf(request: IncomingMessage): { readonly session?: unknown } | undefined {
  if (!('__unenv__' in request)) return undefined
  return Object(request.__unenv__) as { readonly session?: unknown }
}

/** Nothing would wait for the commit of its own response. */
function takeSession(
  { node, context }: NuxtEvent,
  { session }: { readonly session?: unknown },
  sessions: unknown,
): void {
  const isOurs = attachmentOf(session)?.sessions === sessions
  if (isOurs && sessionOn(node.req) === undefined) setOwnSession(node.req, session)
  const get = (): unknown => {
    if (isOurs) return session
    throw new InvalidArgumentError(
      'A request that the application makes itself has the session of a page: make it by useFetch, useRequestFetch() or event.$fetch.',
    )
  }
  Object.defineProperty(context, 'session', { get, configurable: true, enumerable: isOurs })
}

/** Nitro makes a response of it, and takes the status but no headers from it. */
function rethrow(error: unknown, response: ServerResponse): never {
  const { headers = {} } = Object(error) as { readonly headers?: Readonly<Record<string, string>> }
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  throw error as Error
}

/** Nitro handles no error that comes after its handlers. */
function respondWith(error: unknown, response: ServerResponse): void {
  printError(error)
  sendError(response, error)
  ignoreLateCalls(response, error)
}
