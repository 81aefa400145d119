import { serialize } from 'cookie'
import type { ResponseHead } from '../../adapters/response/http-response.js'
import { warnOfDomainMismatch } from '../../core/cookie/domain.js'
import type { Cookie } from '../api/cookie.js'
import type { ResolvedOptions } from '../api/options.js'
import { debug } from './debug-log.js'
import { isSecure, type SessionRequest } from './request.js'
import { signId } from './signed-id.js'

/** What a response does to the browser's session cookie. */
export type CookieChange = { readonly kind: 'none' } | { readonly kind: 'set' | 'clear'; readonly header: string }

/** Throws for a cookie that cannot be serialized. */
export function changeCookie(
  kind: 'set' | 'clear',
  cookie: Cookie,
  { request, id }: { readonly request: SessionRequest; readonly id: unknown },
  options: ResolvedOptions,
  secret: string,
): CookieChange {
  if (cookie.secure && !isSecure(request, options.proxy)) {
    debug('not secured')
    if (kind === 'set') warnOfWithheldCookie(options)
    return { kind: 'none' }
  }
  const value = kind === 'set' ? signId(id as string, secret) : ''
  const attributes = kind === 'set' ? cookie.data : { ...cookie.data, expires: new Date(0) }
  const { name } = options
  const header = serialize(name, value, attributes as object)
  if (kind === 'set') warnOfDomainMismatch(cookie.domain, request.headers['host']?.toString())
  debug('set-cookie %s', name)
  return { kind, header }
}

/** Adds the `Set-Cookie` header after those of the application. Doing so again changes nothing. */
export function putCookie(response: ResponseHead, name: string, change: CookieChange): void {
  if (change.kind === 'none') return
  const others = [response.getHeader?.('Set-Cookie') ?? []].flat().map(String)
  // An application that clears the cookie itself knows how it was set.
  if (change.kind === 'clear' && others.some((other) => other.startsWith(`${name}=`))) return
  response.setHeader?.('Set-Cookie', [...others.filter((other) => other !== change.header), change.header])
}

const warned = new WeakSet<ResolvedOptions>()

/** Warns, once for each middleware, that the browser will never get the cookie. */
function warnOfWithheldCookie(options: ResolvedOptions): void {
  if (warned.has(options)) return
  warned.add(options)
  process.emitWarning(
    'The session cookie is secure but a request came over plain HTTP, so the cookie was not sent: make the framework ' +
      "trust your proxy (app.set('trust proxy', 1)), serve HTTPS, or set cookie: { secure: 'auto' }.",
    { code: 'SESSERA_COOKIE_WITHHELD' },
  )
}
