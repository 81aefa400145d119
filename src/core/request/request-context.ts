import type { Cookie } from '../cookie/cookie.js'
import { CookieNotSettableError, InsecureRequestError } from '../../errors.js'
import { isLoopbackHost } from '../cookie/loopback.js'
import type { Policy } from '../policy.js'

/** What an adapter knows about a request besides its cookies. */
export interface RequestContext {
  /** Whether it came over HTTPS. Believe `X-Forwarded-*` only if the framework is configured to trust the proxy. */
  readonly secure: boolean
  /** The `Host` header. */
  readonly host?: string | undefined
  /**
   * Whether a program on this machine sent it directly, without a proxy. Default: `false`. Read only during development, so it
   * may be an expensive getter.
   */
  readonly direct?: boolean
  /**
   * Whether a cookie can still be set for it. With `false`, such as for the messages of a socket, sessions can be read and their data changed, but
   * what needs a new cookie throws `CookieNotSettableError`. After `commit`, `update` still changes what is stored, and `data` can only be
   * read. Default: `true`.
   */
  readonly setsCookies?: boolean
}

/** The cookie that a request is read from, and why its response may not set it, if that is so. */
export interface CookieChoice {
  readonly cookie: Cookie
  readonly obstacle: 'insecure' | 'no response' | undefined
  /** The `Host` header; only if the cookie has a domain. */
  readonly host: string | undefined
}

const warned = new WeakSet<Policy>()

/** Warns once that the development cookie is set. */
export function warnOfDevelopmentCookie({ cookie }: CookieChoice, policy: Policy): void {
  if (cookie !== policy.developmentCookie || warned.has(policy)) return
  warned.add(policy)
  process.emitWarning(
    `Over plain HTTP the session cookie is "${cookie.name}", without Secure. This is for development only.`,
    { code: 'SESSERA_DEVELOPMENT_COOKIE' },
  )
}

/**
 * Chooses the configured cookie or, during development on plain HTTP, the one without `Secure`: for direct requests to a loopback host, or
 * for all with the option `development: true`. That one is never read over HTTPS.
 */
export function chooseCookie(policy: Policy, request: RequestContext): CookieChoice {
  const choice = chooseByTransport(policy, request)
  return request.setsCookies === false ? { ...choice, obstacle: 'no response' } : choice
}

/** Throws if the cookie cannot be set. */
export function assertMaySetCookie({ obstacle }: CookieChoice): void {
  if (obstacle === 'insecure') throw new InsecureRequestError()
  if (obstacle === 'no response') throw new CookieNotSettableError()
}

/** Throws for a method of the session that needs a response, where none can set the cookie. */
export function assertHasResponse({ obstacle }: CookieChoice, method: string): void {
  if (obstacle === 'no response') throw new CookieNotSettableError(`session.${method}()`)
}

function chooseByTransport(policy: Policy, request: RequestContext): CookieChoice {
  const { cookie, developmentCookie, developsAnywhere } = policy
  const host = cookie.domain === undefined ? undefined : request.host
  if (!cookie.secure || request.secure) return { cookie, obstacle: undefined, host }
  if (
    developmentCookie !== undefined &&
    (developsAnywhere || (isLoopbackHost(request.host) && request.direct === true))
  )
    return { cookie: developmentCookie, obstacle: undefined, host: undefined }
  return { cookie, obstacle: 'insecure', host }
}
