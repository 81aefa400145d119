import { SesseraError } from '../../errors.js'
import type { Duration } from '../../options/duration.js'
import { errorResponse } from '../fetch/error-response.js'
import { fetchRule, type FetchGuardOptions } from '../fetch/guard.js'
import { recentSignInRule, userRule, type Rule } from '../guards/rules.js'
import { statusOf } from '../response/error-status.js'
import type { KitHandle } from './event.js'

/**
 * A hook `handle` that lets only signed-in users through. Others get a 401, with the text `NOT_SIGNED_IN`. Give it the paths that it guards
 * by a hook of your own; `redirectTo` is always let through.
 *
 * @throws InvalidOptionError for an option that cannot work.
 *
 * @example
 * ```ts
 * const signedIn = requireUser({ redirectTo: '/login' })
 * const guard: Handle = (input) =>
 *   input.event.route.id?.startsWith('/account') ? signedIn(input) : input.resolve(input.event)
 * export const handle = sequence(svelteKitSessions(sessions), guard)
 * ```
 */
export function requireUser(options: FetchGuardOptions = {}): KitHandle {
  return guard(userRule(options))
}

/**
 * A hook `handle` that lets only users through who signed in or re-authenticated less than `maxAge` ago. Others get a 403, with the text
 * `RECENT_SIGN_IN_REQUIRED`, or what `requireUser` says if nobody is signed in. (ASVS 7.5.1, 7.5.3)
 *
 * @throws InvalidOptionError for a duration or an option that cannot work.
 */
export function requireRecentSignIn(maxAge: Duration, options: FetchGuardOptions = {}): KitHandle {
  return guard(recentSignInRule(maxAge, options))
}

function guard(rule: Rule): KitHandle {
  const decide = fetchRule(rule)
  return async ({ event, resolve }) => {
    const { request, url, locals, isDataRequest } = event
    // A navigation within the application asks for the data of the page that `url` is.
    const asked = new Request(url, { method: request.method, headers: request.headers })
    let redirect: Response | undefined
    try {
      redirect = decide(asked, (locals as { readonly session?: unknown }).session, isDataRequest)
    } catch (error) {
      return refusal(error)
    }
    return redirect ?? resolve(event)
  }
}

/** SvelteKit takes every error of a hook that is not its own for an unexpected one. */
function refusal(error: unknown): Response {
  if (!SesseraError.is(error) || statusOf(error) === 500) throw error
  const { status, headers } = errorResponse(error)
  return new Response(error.code, { status, headers })
}
