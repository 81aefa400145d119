import { InvalidOptionError } from '../../errors.js'

/** What a browser says about where a request comes from. */
export interface RequestOrigin {
  readonly method: string
  /** The header `Sec-Fetch-Site`. */
  readonly site: string | undefined
  /** The header `Origin`. */
  readonly origin: string | undefined
  /** The header `Host`. */
  readonly host: string | undefined
}

/** Options of what refuses requests from other sites. */
export interface CrossSiteOptions {
  /** Origins that may send requests, such as `https://admin.example.com`. Default: none but the request's own. */
  readonly trustedOrigins?: readonly string[]
}

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/** @throws InvalidOptionError for what is no origin */
export function trustedOriginsIn({ trustedOrigins = [] }: CrossSiteOptions): ReadonlySet<string> {
  if (!Array.isArray(trustedOrigins)) throw new InvalidOptionError('trustedOrigins', 'must be a list of origins')
  for (const each of trustedOrigins as readonly unknown[]) {
    if (typeof each !== 'string' || !URL.canParse(each) || new URL(each).origin !== each) {
      throw new InvalidOptionError(
        'trustedOrigins',
        "must name origins, such as 'https://admin.example.com', without a path",
      )
    }
  }
  return new Set(trustedOrigins)
}

/**
 * Whether a request that may change something comes from another site, the way Go's `http.CrossOriginProtection` decides. Browsers say so in
 * `Sec-Fetch-Site`; those from before 2023 send `Origin` only. What sends neither is no browser, so nobody is tricked into it.
 */
export function isCrossSite({ method, site, origin, host }: RequestOrigin, trusted: ReadonlySet<string>): boolean {
  if (safeMethods.has(method)) return false
  if (site === 'same-origin' || site === 'none') return false
  if (origin === undefined) return site !== undefined
  if (trusted.has(origin)) return false
  return site !== undefined || !isOfHost(origin, host)
}

/** `null`, which stands for an origin that is kept secret, is of no host. */
function isOfHost(origin: string, host: string | undefined): boolean {
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === hostIn(host, new URL(origin).protocol)
}

/** A port that is the protocol's own may be named or not. */
function hostIn(host: string, protocol: string): string | undefined {
  return URL.canParse(`${protocol}//${host}`) ? new URL(`${protocol}//${host}`).host : undefined
}
