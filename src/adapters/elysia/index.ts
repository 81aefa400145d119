import type { IncomingMessage } from 'node:http'
import type { Session } from '../../core/request/session.js'
import type { Sessions } from '../../core/sessions.js'
import { fetchSessions, type FetchHandlerOptions } from '../fetch.js'
import { sessionOf } from '../fetch/session-of.js'
import { isLocalClient } from '../node/local-client.js'

export type { FetchHandlerOptions }
export { returnPath, type FetchGuardOptions } from '../fetch/guard.js'
export { requireRecentSignIn, requireUser, type ElysiaGuard } from './guards.js'

/** Handles a request, as Elysia does. */
type Handle = (request: Request) => Response | Promise<Response>

/** What `elysiaSessions` makes: for `app.wrap` and for `app.derive`. */
export interface ElysiaSessions<Data extends object> {
  /** Opens the session of each request, and stores it when Elysia has made the response, with errors and missing routes, too. */
  wrap(this: void, handle: (...handled: never[]) => unknown, request: Request): (request: Request) => Promise<Response>
  /** Gives handlers the session, as `session`. */
  derive(this: void, context: { readonly request: Request }): { session: Session<Data> }
}

/**
 * Gives each request its session, and stores it before the first byte of the response is sent.
 *
 * If the store fails, nothing of the handler's own response is sent, but what `onError` of the options makes; without one, the error is
 * printed, and the response is a 503. Mounting the same sessions twice does no harm.
 *
 * @throws InvalidOptionError for an option that cannot work.
 *
 * @example
 * ```ts
 * const { wrap, derive } = elysiaSessions(sessions)
 * const app = new Elysia()
 *   .wrap(wrap)
 *   .derive({ as: 'global' }, derive)
 *   .get('/cart', ({ session }) => session.data.cart ?? [])
 * ```
 */
export function elysiaSessions<Data extends object>(
  sessions: Sessions<Data>,
  options: FetchHandlerOptions = {},
): ElysiaSessions<Data> {
  const handling = fetchSessions<Data, [Handle]>(sessions, (request, _session, handle) => handle(request), {
    isDirect: isFromThisMachine,
    ...options,
  })
  return {
    wrap: (handle) => (request) => handling(request, handle as Handle),
    derive: ({ request }) => ({ session: sessionOf(sessions, request) }),
  }
}

/** On Node, servers that use srvx say which request they got. */
function isFromThisMachine(request: Request): boolean {
  const { runtime } = request as { readonly runtime?: { readonly node?: { readonly req?: IncomingMessage } } }
  const incoming = runtime?.node?.req
  return incoming !== undefined && isLocalClient(incoming)
}
