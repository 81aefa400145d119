import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { Session } from '../api/session.js'
import type { Store } from '../api/store.js'

export type NodeRequest = IncomingMessage | Http2ServerRequest
export type NodeResponse = ServerResponse | Http2ServerResponse

/** The properties of a request, of any framework, that the middleware reads or sets. */
export interface SessionRequest {
  session?: unknown
  sessionID?: unknown
  sessionStore?: unknown
  readonly url?: string
  readonly originalUrl?: string
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined }
  /** Set by Express, according to `trust proxy`. */
  readonly secure?: unknown
  readonly connection?: { readonly encrypted?: unknown } | null
  readonly socket?: { readonly encrypted?: unknown } | null
  /** For applications that do not give the middleware a secret. */
  readonly secret?: unknown
  /** Set by cookie-parser. */
  readonly cookies?: Readonly<Record<string, unknown>>
  readonly signedCookies?: Readonly<Record<string, unknown>>
}

/** A request with its session id and store. */
export interface RequestWithSession extends SessionRequest {
  session?: Session | null
  sessionStore: Store
}

/** Whether the path of the request begins with this one, as text. */
export function isUnder(path: string, request: SessionRequest): boolean {
  const isAnyPath = path === '/' && (request.originalUrl ?? request.url)?.startsWith('/')
  return isAnyPath === true || pathOf(request).startsWith(path)
}

/** The path of the request, before a sub-application removed its prefix. */
export function pathOf({ originalUrl, url }: SessionRequest): string {
  const target = originalUrl ?? url ?? ''
  const path = target.split(/[?#]/, 1)[0] || '/'
  if (path.startsWith('/')) return path
  return URL.canParse(target) ? new URL(target).pathname : path
}

/**
 * Whether a request came over HTTPS. With `proxy: true`, the first `X-Forwarded-Proto` decides; with `false`, only the connection; with
 * `undefined`, the framework.
 */
export function isSecure(request: SessionRequest, proxy: boolean | undefined): boolean {
  if ((request.socket ?? request.connection)?.encrypted) return true
  if (proxy === false) return false
  if (proxy !== true) return request.secure === true
  const protocol = String(request.headers['x-forwarded-proto'] ?? '').split(',', 1)[0] ?? ''
  return protocol.trim().toLowerCase() === 'https'
}
