import type { Session } from '../../core/request/session.js'
import type { Sessions } from '../../core/sessions.js'
import { errorResponse } from '../fetch/error-response.js'
import {
  checkFetchOptions,
  openFetchSession,
  presentSession,
  type FetchSessionOptions,
} from '../fetch/fetch-session.js'
import { printError, statusOf } from '../response/error-status.js'
import { sessionContext, type RouterMiddleware } from './context.js'

export { returnPath, type FetchGuardOptions } from '../fetch/guard.js'
export { sessionOf } from '../fetch/session-of.js'
export { sessionContext, type RouterContext, type RouterMiddleware, type RouterMiddlewareArguments } from './context.js'
export { requireRecentSignIn, requireUser } from './guards.js'
export type { FetchSessionOptions }

/**
 * Gives each request its session, as `context.get(sessionContext)`, and stores it before the first byte of the response is sent. These
 * are two middlewares, for the root route.
 *
 * If the store fails, nothing of the response is sent, and the error goes to `handleError` and to the error boundary, whose page is a 503;
 * for a resource route, the error is printed, and the response is a 503. Mounting the same sessions twice does no harm.
 *
 * When a client disconnects, React Router no longer waits for loaders and actions. What they change from then on is not stored.
 *
 * @throws InvalidOptionError for an option that cannot work.
 *
 * @example
 * ```ts
 * // app/root.tsx
 * export const middleware = [...reactRouterSessions(sessions)]
 * ```
 */
export function reactRouterSessions<Data extends object>(
  sessions: Sessions<Data>,
  options: FetchSessionOptions = {},
): [RouterMiddleware, RouterMiddleware] {
  checkFetchOptions(sessions, options)
  const failures = new WeakMap<Request, unknown>()

  // React Router makes a response of an error of a middleware; only the middleware before that one gets it.
  const amend: RouterMiddleware = async ({ request }, next) => {
    try {
      const response = await next()
      return failures.has(request) ? amendErrorPage(response, failures.get(request)) : response
    } catch (error) {
      // A resource route has no error boundary; React Router would send a 500.
      if (failures.get(request) !== error) throw error
      printError(error)
      return errorResponse(error)
    }
  }

  const store: RouterMiddleware = async ({ request, context }, next) => {
    if (presentSession(sessions, request) !== undefined) return next()
    try {
      const { session, commit } = await openFetchSession(sessions, request, options)
      context.set(sessionContext, session as unknown as Session)
      return await commit(await next())
    } catch (error) {
      failures.set(request, error)
      throw error
    }
  }
  return [amend, store]
}

/** What React Router makes of an error has no headers of it, and the cookies of loaders whose response was discarded. */
function amendErrorPage(response: Response, error: unknown): Response {
  const headers = new Headers(response.headers)
  headers.delete('Set-Cookie')
  for (const [name, value] of errorResponse(error).headers) headers.set(name, value)
  const status = response.status === 500 ? statusOf(error) : response.status
  return new Response(response.body, { status, headers })
}
