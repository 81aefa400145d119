import type { Session } from '../../core/request/session.js'
import type { Duration } from '../../options/duration.js'
import { fetchRule, returnPath as returnPathOf, type FetchGuardOptions } from '../fetch/guard.js'
import { returnPath as returnPathIn } from '../guards/return-path.js'
import { recentSignInRule, userRule, type Rule } from '../guards/rules.js'
import { nextRedirect } from './framework.js'

/**
 * Lets a session through, or throws. `asked` is the request of a Route Handler, or in pages and Server Functions, which do not learn it, the path to
 * come back to; default `/`.
 */
export type NextGuard = (session: Pick<Session<object>, 'userId'>, asked?: Request | string) => Promise<void>

/**
 * A guard that lets only signed-in users through. For others it throws a `NotSignedInError`, which `withSession` answers with 401. With `redirectTo`,
 * pages and Server Functions redirect instead, as Next's `redirect()` does.
 *
 * @throws InvalidOptionError for an option that cannot work.
 *
 * @example
 * ```ts
 * const signedIn = requireUser({ redirectTo: '/login' })
 *
 * export default async function Account() {
 *   const session = await getSession()
 *   await signedIn(session, '/account')
 *   return <p>Hello {session.userId}</p>
 * }
 * ```
 */
export function requireUser(options: FetchGuardOptions = {}): NextGuard {
  return guard(userRule(options))
}

/**
 * A guard that lets only users through who signed in or re-authenticated less than `maxAge` ago. For others it throws a `RecentSignInRequiredError`
 * (403), or does what `requireUser` does if nobody is signed in. (ASVS 7.5.1, 7.5.3)
 *
 * @throws InvalidOptionError for a duration or an option that cannot work.
 */
export function requireRecentSignIn(maxAge: Duration, options: FetchGuardOptions = {}): NextGuard {
  return guard(recentSignInRule(maxAge, options))
}

/**
 * Where to send the browser after it has signed in or re-authenticated: the value `return` of the query, which the guards add to `redirectTo`, or of a
 * form that a Server Function gets. Only a path of this origin is returned; everything else, such as `//evil.example`, gives `fallback`. (ASVS 3.7.2)
 */
export function returnPath(from: Request | FormData, fallback = '/'): string {
  return 'url' in from
    ? returnPathOf(from, fallback)
    : returnPathIn({ query: { return: from.get('return') } }, fallback)
}

function guard(rule: Rule): NextGuard {
  const decide = fetchRule(rule)
  return async (session, asked = '/') => {
    const isPage = typeof asked === 'string'
    const request = isPage ? new Request(new URL(asked, 'http://localhost')) : asked
    const response = decide(request, session, isPage)
    if (response === undefined) return
    // What a handler throws, `withSession` sends.
    if (!isPage) throw response as unknown as Error
    await nextRedirect(response.headers.get('Location') ?? '/')
  }
}
