import type { Duration } from '../../options/duration.js'
import { errorResponse } from '../fetch/error-response.js'
import { fetchRule, type FetchGuardOptions } from '../fetch/guard.js'
import { recentSignInRule, userRule, type Rule } from '../guards/rules.js'

/** A hook `beforeHandle`. */
export type ElysiaGuard = (context: { readonly request: Request; readonly session?: unknown }) => Response | undefined

/**
 * Lets only signed-in users through. For others it throws a `NotSignedInError` (401), which goes to `onError`.
 *
 * @throws InvalidOptionError for an option that cannot work.
 *
 * @example
 * ```ts
 * app.get('/account', showAccount, { beforeHandle: requireUser({ redirectTo: '/login' }) })
 * ```
 */
export function requireUser(options: FetchGuardOptions = {}): ElysiaGuard {
  return guard(userRule(options))
}

/**
 * Lets only users through who signed in or re-authenticated less than `maxAge` ago. For others it throws a `RecentSignInRequiredError` (403), or a
 * `NotSignedInError` (401) if nobody is signed in, which go to `onError`. (ASVS 7.5.1, 7.5.3)
 *
 * @throws InvalidOptionError for a duration or an option that cannot work.
 */
export function requireRecentSignIn(maxAge: Duration, options: FetchGuardOptions = {}): ElysiaGuard {
  return guard(recentSignInRule(maxAge, options))
}

function guard(rule: Rule): ElysiaGuard {
  const decide = fetchRule(rule)
  return ({ request, session }) => {
    try {
      return decide(request, session)
    } catch (error) {
      throw withResponse(error)
    }
  }
}

/** Elysia's own error handling sends what `toResponse` gives, else the message. */
function withResponse(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  return Object.defineProperty(error, 'toResponse', { value: () => errorResponse(error), configurable: true })
}
