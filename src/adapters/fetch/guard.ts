import { returnPath as returnPathOf } from '../guards/return-path.js'
import type { Rule } from '../guards/rules.js'

/** Options of `requireUser` and `requireRecentSignIn`. */
export interface FetchGuardOptions {
  /**
   * A path of this origin, such as `/login`, to which browsers that go to a page are sent with `?return=` and where they came from, which `returnPath`
   * reads. It is always let through. All other requests, such as forms and those by `fetch`, get the error. Default: every request gets the error.
   */
  readonly redirectTo?: string
}

/**
 * Decides about a request with this session: `undefined` lets it through, a response redirects it. Throws the error of a request that is refused.
 * `isPage`: whether a browser goes to a page by this request, where its headers do not say so.
 */
export type FetchRule = (request: Request, session: unknown, isPage?: boolean) => Response | undefined

/** A rule for requests of `fetch`, whose bodies it does not read: only what was asked for by GET can be asked for again. */
export function fetchRule(rule: Rule): FetchRule {
  return (request, session, isPage = false) => {
    const { method } = request
    const { pathname, search } = new URL(request.url)
    const canAskAgain = method === 'GET' || method === 'HEAD'
    const accept = isPage ? 'text/html' : (request.headers.get('accept') ?? '')
    const headers = canAskAgain ? { accept } : {}
    const guarded = { method, headers, originalUrl: pathname + search, session }
    const decision = rule(guarded)
    if (decision.kind === 'pass') return undefined
    if (decision.kind === 'refuse') throw decision.error
    return new Response(null, { status: 303, headers: { Location: decision.location } })
  }
}

/**
 * Where to send the browser after it has signed in or re-authenticated: the value `return` of the query, which the guards add to `redirectTo`. Only a
 * path of this origin is returned; everything else, such as `//evil.example`, gives `fallback`. (ASVS 3.7.2)
 *
 * A form on the page that asks who the user is must be sent to an address with the same query, as `<form method="post">` is.
 */
export function returnPath(request: Request, fallback = '/'): string {
  const { searchParams } = new URL(request.url)
  return returnPathOf({ query: { return: searchParams.get('return') } }, fallback)
}
