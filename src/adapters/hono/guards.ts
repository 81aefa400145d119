import type { MiddlewareHandler } from 'hono'
import type { Duration } from '../../options/duration.js'
import { fetchRule, type FetchGuardOptions } from '../fetch/guard.js'
import { recentSignInRule, userRule, type Rule } from '../guards/rules.js'
import { throwWithResponse } from './errors.js'

/**
 * Lets only signed-in users through. For others it throws a `NotSignedInError` (401), which goes to `app.onError`.
 *
 * @throws InvalidOptionError for an option that cannot work.
 *
 * @example
 * ```ts
 * app.use('/account/*', requireUser({ redirectTo: '/login' }))
 * ```
 */
export function requireUser(options: FetchGuardOptions = {}): MiddlewareHandler {
  return guard(userRule(options))
}

/**
 * Lets only users through who signed in or re-authenticated less than `maxAge` ago. For others it throws a `RecentSignInRequiredError` (403), or a
 * `NotSignedInError` (401) if nobody is signed in, which go to `app.onError`. (ASVS 7.5.1, 7.5.3)
 *
 * @throws InvalidOptionError for a duration or an option that cannot work.
 *
 * @example
 * ```ts
 * app.post('/email', requireRecentSignIn('10m'), changeEmail)
 * ```
 */
export function requireRecentSignIn(maxAge: Duration, options: FetchGuardOptions = {}): MiddlewareHandler {
  return guard(recentSignInRule(maxAge, options))
}

function guard(rule: Rule): MiddlewareHandler {
  const decide = fetchRule(rule)
  return async (context, next) => {
    const redirect = decideOrThrow(() => decide(context.req.raw, context.get('session')))
    return redirect ?? next()
  }
}

function decideOrThrow<Result>(decide: () => Result): Result {
  try {
    return decide()
  } catch (error) {
    return throwWithResponse(error)
  }
}
