import type { Cookie } from '../cookie/cookie.js'
import { isLoopbackHost } from '../cookie/loopback.js'
import type { Policy } from '../policy.js'

/** What an adapter tells about a request besides its cookies. */
export interface RequestContext {
  /** Whether it came over HTTPS. `X-Forwarded-*` counts only where the framework was told to trust the proxy. */
  readonly secure: boolean
  /** The `Host` header. */
  readonly host?: string | undefined
  /**
   * Whether a program of this machine has sent it, with no proxy between; left out, it counts as `false`. Asked for only while
   * developing, so that a getter costs nothing in production.
   */
  readonly direct?: boolean
}

/** The cookie that a request is read by, and whether its response may set it. */
export interface CookieChoice {
  readonly cookie: Cookie
  readonly maySet: boolean
  /** The `Host` of the request. */
  readonly host?: string | undefined
}

const warned = new WeakSet<Policy>()

/** Says once that the cookie of development is being set. */
export function warnOfDevelopmentCookie({ cookie }: CookieChoice, policy: Policy): void {
  if (cookie !== policy.developmentCookie || warned.has(policy)) return
  warned.add(policy)
  process.emitWarning(
    `Over plain HTTP the session cookie is "${cookie.name}", without Secure. This is for development only.`,
    {
      code: 'SESSERA_DEVELOPMENT_COOKIE',
    },
  )
}

/**
 * The configured cookie, or while developing, on plain HTTP, the one without `Secure`: for requests straight to a loopback host, or,
 * where the application says so, for all. Over HTTPS that one is never read.
 */
export function chooseCookie(policy: Policy, request: RequestContext): CookieChoice {
  const choice = choose(policy, request)
  // Only a cookie with a domain must fit the host.
  return choice.cookie.domain === undefined ? choice : { ...choice, host: request.host }
}

function choose(policy: Policy, request: RequestContext): CookieChoice {
  const { cookie, developmentCookie, developsAnywhere } = policy
  if (!cookie.secure || request.secure) return { cookie, maySet: true }
  const isLocal = (): boolean => isLoopbackHost(request.host) && request.direct === true
  return developmentCookie !== undefined && (developsAnywhere || isLocal())
    ? { cookie: developmentCookie, maySet: true }
    : { cookie, maySet: false }
}
