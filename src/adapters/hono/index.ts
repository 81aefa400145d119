import type { IncomingMessage } from 'node:http'
import type { MiddlewareHandler } from 'hono'
import type { DefaultSessionData } from '../../core/record/session-data.js'
import type { Session } from '../../core/request/session.js'
import type { Sessions } from '../../core/sessions.js'
import {
  checkFetchOptions,
  openFetchSession,
  presentSession,
  type FetchSessionOptions,
} from '../fetch/fetch-session.js'
import { isLocalClient } from '../node/local-client.js'
import { throwWithResponse } from './errors.js'

export { returnPath, type FetchGuardOptions } from '../fetch/guard.js'
export { requireRecentSignIn, requireUser } from './guards.js'
export type { FetchSessionOptions }

/** The environment of a Hono application whose routes have sessions: `new Hono<SessionEnvironment>()`. */
export interface SessionEnvironment<Data extends object = DefaultSessionData> {
  Variables: {
    /** The session of this request. */
    session: Session<Data>
  }
}

/**
 * Gives each request its session, as `c.var.session`, and stores it before the first byte of the response is sent.
 *
 * If the store fails, nothing of the handler's own response is sent, and the error goes to `app.onError`; without one, the response is a
 * 503. Mounting the same sessions twice does no harm.
 *
 * @throws InvalidOptionError for an option that cannot work.
 *
 * @example
 * ```ts
 * const app = new Hono().use(honoSessions(sessions)).get('/cart', (c) => c.json(c.var.session.data.cart ?? []))
 * ```
 */
export function honoSessions<Data extends object>(
  sessions: Sessions<Data>,
  options: FetchSessionOptions = {},
): MiddlewareHandler<SessionEnvironment<Data>> {
  checkFetchOptions(sessions, options)
  return async (context, next) => {
    const request = context.req.raw
    if (presentSession(sessions, request) !== undefined) return next()
    const isDirect = (): boolean => isFromThisMachine(context.env)
    const opened = await openFetchSession(sessions, request, { isDirect, ...options }).catch(throwWithResponse)
    context.set('session', opened.session)
    try {
      await next()
    } catch (thrown) {
      // Hono has made a response of every error already; this is something else.
      await opened.commitFailed(thrown)
      throw thrown
    }
    const response = context.res
    // Hono would add the headers of a response that it has to those of the next one.
    context.res = undefined
    context.res = await opened.commit(response).catch(throwWithResponse)
  }
}

/** On Node, Hono's server passes the request that it got. */
function isFromThisMachine(environment: unknown): boolean {
  const { incoming } = Object(environment) as { readonly incoming?: IncomingMessage }
  return incoming?.socket !== undefined && isLocalClient(incoming)
}
