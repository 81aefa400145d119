import type { IncomingHttpHeaders } from 'node:http'
import { CrossSiteRequestError } from '../errors.js'
import { emitEvent } from '../events.js'
import { checkOptionNames } from '../options/check-option-names.js'
import { isCrossSite, trustedOriginsIn, type CrossSiteOptions } from './cross-site/decision.js'

export type { CrossSiteOptions }

/** A request of Node, Express, Koa, Fastify or `fetch`. */
export interface CheckedRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly headers: Headers | Readonly<IncomingHttpHeaders>
}

/**
 * Makes a check for requests that another site makes a visitor's browser send: it returns a `CrossSiteRequestError` (403) for those that may change
 * something, which must then not be handled. It needs no token in forms. Each refusal is an event, `cross-site-refused`.
 *
 * `GET`, `HEAD` and `OPTIONS` pass, so they must change nothing. Another subdomain counts as another site.
 *
 * @throws InvalidOptionError for an option that cannot work.
 *
 * @example
 * ```ts
 * const crossSiteError = crossSiteCheck({ trustedOrigins: ['https://admin.example.com'] })
 * // Hono
 * app.use(async (c, next) => {
 *   const error = crossSiteError(c.req.raw)
 *   if (error) throw error
 *   await next()
 * })
 * ```
 */
export function crossSiteCheck(
  options: CrossSiteOptions = {},
): (request: CheckedRequest) => CrossSiteRequestError | undefined {
  checkOptionNames('options', options, ['trustedOrigins'])
  const trusted = trustedOriginsIn(options)
  return ({ method = 'GET', url = '', headers }) => {
    const site = valueOf(headers, 'sec-fetch-site')
    const origin = valueOf(headers, 'origin')
    const host = valueOf(headers, 'host') ?? valueOf(headers, ':authority') ?? hostOf(url)
    if (!isCrossSite({ method, site, origin, host }, trusted)) return undefined
    emitEvent('cross-site-refused', { method, origin })
    return new CrossSiteRequestError()
  }
}

/**
 * The same as a middleware for Express and Connect: passes the error on to the application's error handlers.
 *
 * @throws InvalidOptionError for an option that cannot work.
 *
 * @example
 * ```ts
 * app.use(refuseCrossSite())
 * ```
 */
export function refuseCrossSite(
  options: CrossSiteOptions = {},
): (request: CheckedRequest, response: unknown, next: (error?: unknown) => void) => void {
  const check = crossSiteCheck(options)
  return (request, _response, next) => next(check(request))
}

/** A request of `fetch` has its whole address, and over HTTP/2 no other host. */
function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined
}

function valueOf(headers: CheckedRequest['headers'], name: string): string | undefined {
  // Pseudo-headers of HTTP/2 are no names that a `Headers` may be asked for.
  if (headers instanceof Headers) return name.startsWith(':') ? undefined : (headers.get(name) ?? undefined)
  const value = headers[name]
  return typeof value === 'string' ? value : value?.join(', ')
}
