import type { OpenedSession } from '../../core/request/opened-session.js'
import { isThenable } from '../../engine/thenable.js'
import type { OpenOptions } from '../../options.js'
import type { HttpResponse } from '../response/http-response.js'
import { callNext, passError } from './next.js'
import { requestSessions, type NodeRequest, type NodeResponse, type OpensSessions } from './request-sessions.js'

/** A middleware for Express 5 and 4, Connect, and other frameworks with the same signature. */
export type SessionMiddleware = (
  request: NodeRequest,
  response: NodeResponse | Record<string, never>,
  next: (error?: unknown) => void,
) => void

/** Options of `expressSessions`. */
export interface SessionMiddlewareOptions extends Pick<OpenOptions, 'onOutage'> {
  /**
   * Whether reading the session renews it; a function decides for each request. Use `false` for pages that poll, so that they do not
   * keep a user signed in who has left. Default `true`.
   */
  readonly renew?: boolean | ((request: NodeRequest) => boolean)
}

interface AdapterOptions extends SessionMiddlewareOptions {
  /** Whether the request came over HTTPS. If it returns no boolean, the connection decides. */
  readonly isSecure?: (request: never) => unknown
}

/**
 * Opens the session of each request, attaches it, and commits it before the first byte of the response leaves. `ownOptions` names the
 * options that only this adapter has.
 */
export function nodeMiddleware(
  sessions: OpensSessions,
  options: AdapterOptions,
  ownOptions: readonly string[] = [],
): SessionMiddleware {
  const { isSecure = secureByExpress } = Object(options) as AdapterOptions // what it is instead is refused below
  const requests = requestSessions(sessions, options, isSecure as (request: NodeRequest) => unknown, ownOptions)
  return (request, response, next) => {
    const present = requests.present(request)
    if (present !== undefined) return next(present.problem)
    const opened = requests.open(request, request)
    const proceed = (ready: OpenedSession<object>): void => {
      requests.attach(request, response as NodeResponse, ready, next)
      callNext(response as HttpResponse, next)
    }
    if (!isThenable(opened)) proceed(opened)
    else opened.then(proceed, (error: unknown) => passError(response as HttpResponse, error, next))
  }
}

/** With `trust proxy`, this includes TLS that ends at the proxy. */
function secureByExpress(request: { readonly secure?: unknown }): unknown {
  return request.secure
}
