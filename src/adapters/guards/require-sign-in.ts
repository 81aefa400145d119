import type { ServerResponse } from 'node:http'
import type { Duration } from '../../options/duration.js'
import type { GuardedRequest } from './blocked-request.js'
import { redirect } from './redirect.js'
import { recentSignInRule, userRule, type GuardOptions, type Rule } from './rules.js'

/** A middleware that lets a request through or not. Mount it after `expressSessions`. */
export type Guard = (
  // Without the body, whose type Express would take for that of all handlers of the route.
  request: Omit<GuardedRequest, 'body'>,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void

/**
 * Lets only signed-in users through. Others get a `NotSignedInError` (401), by the application's error handlers.
 *
 * @throws InvalidOptionError for an option that cannot work.
 *
 * @example
 * ```ts
 * app.use('/account', requireUser({ redirectTo: '/login' }))
 * ```
 */
export function requireUser(options: GuardOptions = {}): Guard {
  return guard(userRule(options))
}

/**
 * Lets only users through who signed in or re-authenticated less than `maxAge` ago. Others get a `RecentSignInRequiredError` (403), or a `NotSignedInError`
 * (401) if nobody is signed in, by the application's error handlers. (ASVS 7.5.1, 7.5.3)
 *
 * @throws InvalidOptionError for a duration or an option that cannot work.
 *
 * @example
 * ```ts
 * app.post('/email', requireRecentSignIn('10m', { redirectTo: '/confirm' }), changeEmail)
 * ```
 */
export function requireRecentSignIn(maxAge: Duration, options: GuardOptions = {}): Guard {
  return guard(recentSignInRule(maxAge, options))
}

function guard(decide: Rule): Guard {
  return (request, response, next) => {
    const decision = decide(request)
    if (decision.kind === 'pass') return next()
    if (decision.kind === 'refuse') return next(decision.error)
    redirect(response, decision.location)
  }
}
