import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { Store } from '../api/store.js'

export type NodeRequest = IncomingMessage | Http2ServerRequest
export type NodeResponse = ServerResponse | Http2ServerResponse

/** What the middleware reads of a request and puts on it, whichever framework it comes from. */
export interface SessionRequest {
  session?: unknown
  sessionID?: unknown
  sessionStore?: Store
  readonly url?: string
  readonly originalUrl?: string
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined }
  /** As Express computes it, with `trust proxy`. */
  readonly secure?: unknown
  readonly connection?: { readonly encrypted?: unknown } | null
  readonly socket?: { readonly encrypted?: unknown } | null
  /** Where applications keep it that do not give the middleware one. */
  readonly secret?: unknown
  /** Put there by cookie-parser. */
  readonly cookies?: Readonly<Record<string, unknown>>
  readonly signedCookies?: Readonly<Record<string, unknown>>
}

/** The path that was asked for, before anything was cut off for a sub-application. */
export function pathOf({ originalUrl, url }: SessionRequest): string {
  const target = originalUrl ?? url ?? ''
  const path = target.split(/[?#]/, 1)[0] || '/'
  if (path.startsWith('/')) return path
  return URL.canParse(target) ? new URL(target).pathname : path
}

/**
 * Whether a request came over HTTPS. With `proxy` true the first `X-Forwarded-Proto` decides, with false only the connection;
 * undefined leaves it to the framework.
 */
export function isSecure(request: SessionRequest, proxy: boolean | undefined): boolean {
  if ((request.socket ?? request.connection)?.encrypted) return true
  if (proxy === false) return false
  if (proxy !== true) return request.secure === true
  const protocol = String(request.headers['x-forwarded-proto'] ?? '').split(',', 1)[0] ?? ''
  return protocol.trim().toLowerCase() === 'https'
}
