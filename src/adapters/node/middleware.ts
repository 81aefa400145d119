import type { ServerResponse } from 'node:http'
import type { Http2ServerResponse } from 'node:http2'
import type { OpenedSession } from '../../core/request/opened-session.js'
import { openAtOnce, type Sessions } from '../../core/sessions.js'
import { isThenable } from '../../engine/thenable.js'
import { InvalidArgumentError, InvalidOptionError } from '../../errors.js'
import type { OpenOptions } from '../../options.js'
import { checkOptionNames } from '../../options/check-option-names.js'
import { holdResponse } from '../response/hold-response.js'
import type { HttpResponse } from '../response/http-response.js'
import { checkSessions } from '../check-sessions.js'
import { NodeRequestContext, type NodeRequest } from './node-request-context.js'
import { callNext, passError, type Next } from './next.js'
import { attachmentOf, attachSession, sessionOn } from './attached-session.js'
import { SessionHooks } from './session-hooks.js'

type NodeResponse = ServerResponse | Http2ServerResponse

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
  sessions: Pick<Sessions<object>, 'open'>,
  options: AdapterOptions,
  ownOptions: readonly string[] = [],
): SessionMiddleware {
  checkSessions(sessions)
  checkOptionNames('options', options, ['onOutage', 'renew', ...ownOptions])
  const { onOutage = 'fail', renew = true, isSecure = secureByExpress } = options
  if (onOutage !== 'fail' && onOutage !== 'anonymous') {
    throw new InvalidOptionError('onOutage', "must be 'fail' or 'anonymous'")
  }
  if (typeof renew !== 'boolean' && typeof renew !== 'function') {
    throw new InvalidOptionError('renew', 'must be true, false, or a function of the request')
  }
  const renewing = { onOutage, renew: true }
  const keeping = { onOutage, renew: false }
  return (request, response, next) => {
    const present = sessionOn(request)
    if (present !== undefined) {
      const attached = attachmentOf(present)
      if (attached?.sessions !== sessions) return next(takenError())
      return next(onOutage === 'fail' ? attached.outage : undefined)
    }
    const renews = typeof renew === 'function' ? renew(request) : renew
    const context = new NodeRequestContext(request, isSecure as (request: NodeRequest) => unknown)
    const opened = openAtOnce(sessions, request.headers?.cookie, context, renews ? renewing : keeping)
    const proceed = (ready: OpenedSession<object>): void => {
      attachSession(request, sessions, ready)
      // An upgrade request has no response, and `{}` takes its place.
      if (typeof response.end === 'function') commitBefore(response as NodeResponse, request, ready, next)
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

function commitBefore(response: HttpResponse, request: NodeRequest, opened: OpenedSession<object>, next: Next): void {
  holdResponse(response, new SessionHooks(request, response, opened, next))
  if (opened.watchesLateChanges !== false) response.once?.('close', opened.responseClosed)
  opened.onUnhandledError((error) => {
    if (!response.headersSent && !response.writableEnded) passError(response, error, next)
  })
}

function takenError(): InvalidArgumentError {
  return new InvalidArgumentError(
    'req.session is already set, by another session middleware or for other sessions: mount only one of them for a route.',
  )
}
