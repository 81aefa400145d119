import type { Cookie } from './cookie.js'
import type { Policy } from './policy.js'

/** What an adapter tells about a request besides its cookies. */
export interface RequestFacts {
  /** Whether it came over HTTPS. `X-Forwarded-*` counts only where the framework was told to trust the proxy. */
  readonly secure: boolean
  /** The `Host` header. */
  readonly host?: string | undefined
  /** Whether it carries a `Forwarded`, `X-Forwarded-*` or `Via` header, trusted or not. */
  readonly proxied?: boolean
}

/** The cookie that a request is read by, and whether its response may set it. */
export interface CookieChoice {
  readonly cookie: Cookie
  readonly maySet: boolean
}

// localhost and below (RFC 6761), 127.0.0.0/8, ::1; with or without a port.
const loopbackHost = /^(?:(?:[a-z0-9-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i

const warned = new WeakSet<Policy>()

/** Says once that the cookie of development is being set. */
export function warnOfDevelopmentCookie({ cookie }: CookieChoice, policy: Policy): void {
  if (cookie !== policy.developmentCookie || warned.has(policy)) return
  warned.add(policy)
  process.emitWarning(
    `Over plain HTTP on this loopback host the session cookie is "${cookie.name}", without Secure. This is for development only.`,
    {
      code: 'SESSERA_DEVELOPMENT_COOKIE',
    },
  )
}

/**
 * The configured cookie, or while developing, on plain HTTP and a loopback host with no proxy in sight, the one without
 * `Secure`. Over HTTPS that one is never read.
 */
export function chooseCookie(policy: Policy, request: RequestFacts): CookieChoice {
  const { cookie, developmentCookie } = policy
  if (!cookie.secure || request.secure) return { cookie, maySet: true }
  const local = request.proxied !== true && loopbackHost.test(request.host ?? '')
  return developmentCookie !== undefined && local
    ? { cookie: developmentCookie, maySet: true }
    : { cookie, maySet: false }
}
