import type { Duration } from '../../options/duration.js'
import { fetchRule, type FetchGuardOptions } from '../fetch/guard.js'
import { recentSignInRule, userRule, type Rule } from '../guards/rules.js'
import { SesseraError } from '../../errors.js'
import { errorResponse } from '../fetch/error-response.js'
import { statusOf } from '../response/error-status.js'
import { sessionContext, type RouterMiddleware } from './context.js'

/**
 * Lets only signed-in users through. For others the error boundary gets a response with status 401 and the text `NOT_SIGNED_IN`.
 *
 * @throws InvalidOptionError for an option that cannot work.
 *
 * @example
 * ```ts
 * // app/routes/account.tsx
 * export const middleware = [requireUser({ redirectTo: '/login' })]
 * ```
 */
export function requireUser(options: FetchGuardOptions = {}): RouterMiddleware {
  return guard(userRule(options))
}

/**
 * Lets only users through who signed in or re-authenticated less than `maxAge` ago. For others the error boundary gets a response with status 403
 * and the text `RECENT_SIGN_IN_REQUIRED`, or the one of `requireUser` if nobody is signed in. (ASVS 7.5.1, 7.5.3)
 *
 * @throws InvalidOptionError for a duration or an option that cannot work.
 *
 * @example
 * ```ts
 * export const middleware = [requireRecentSignIn('10m', { redirectTo: '/confirm' })]
 * ```
 */
export function requireRecentSignIn(maxAge: Duration, options: FetchGuardOptions = {}): RouterMiddleware {
  return guard(recentSignInRule(maxAge, options))
}

function guard(rule: Rule): RouterMiddleware {
  const decide = fetchRule(rule)
  return async ({ request, url, context }, next) => {
    // A navigation within the page asks for the data of the page that `url` is.
    const isNavigation = new URL(request.url).pathname.endsWith('.data')
    const asked = new Request(url, { method: request.method, headers: request.headers })
    let redirect: Response | undefined
    try {
      redirect = decide(asked, context.get(sessionContext), isNavigation)
    } catch (error) {
      throw asResponse(error)
    }
    return redirect ?? next()
  }
}

/** React Router's own form of an error that is expected: it is not printed, and the error boundary sees its status. */
function asResponse(error: unknown): unknown {
  if (!SesseraError.is(error) || statusOf(error) >= 500) return error
  const { status, headers } = errorResponse(error)
  return new Response(error.code, { status, headers })
}
