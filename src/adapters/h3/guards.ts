import type { Middleware } from 'h3'
import type { Duration } from '../../options/duration.js'
import { fetchRule, type FetchGuardOptions } from '../fetch/guard.js'
import { recentSignInRule, userRule, type Rule } from '../guards/rules.js'
import { refuseEvent } from './errors.js'

/**
 * Lets only signed-in users through. For others it throws a `NotSignedInError` (401).
 *
 * @throws InvalidOptionError for an option that cannot work.
 *
 * @example
 * ```ts
 * app.use('/account/**', requireUser({ redirectTo: '/login' }))
 * ```
 */
export function requireUser(options: FetchGuardOptions = {}): Middleware {
  return guard(userRule(options))
}

/**
 * Lets only users through who signed in or re-authenticated less than `maxAge` ago. For others it throws a `RecentSignInRequiredError` (403), or a
 * `NotSignedInError` (401) if nobody is signed in. (ASVS 7.5.1, 7.5.3)
 *
 * @throws InvalidOptionError for a duration or an option that cannot work.
 *
 * @example
 * ```ts
 * app.post('/email', changeEmail, { middleware: [requireRecentSignIn('10m')] })
 * ```
 */
export function requireRecentSignIn(maxAge: Duration, options: FetchGuardOptions = {}): Middleware {
  return guard(recentSignInRule(maxAge, options))
}

function guard(rule: Rule): Middleware {
  const decide = fetchRule(rule)
  return (event, next) => {
    let redirect: Response | undefined
    try {
      redirect = decide(event.req, event.context.session)
    } catch (error) {
      return refuseEvent(event, error)
    }
    return redirect ?? next()
  }
}
