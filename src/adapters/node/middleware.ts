import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { OpenedSession } from '../../core/request/opened-session.js'
import type { RequestFacts as RequestContext } from '../../core/request/request-facts.js'
import type { Sessions } from '../../core/sessions.js'
import { InvalidArgumentError, InvalidOptionError } from '../../errors.js'
import { checkOptionNames, refuseMistaken } from '../../options/names.js'
import { holdResponse } from '../response/hold-response.js'
import type { HttpResponse } from '../response/http-response.js'
import { isLocalClient } from './local-client.js'
import { callNext, passError, type Next } from './next.js'
import { attachSession, sessionOn } from './request-session.js'
import { SessionHooks } from './session-hooks.js'

export type NodeRequest = IncomingMessage | Http2ServerRequest
export type NodeResponse = ServerResponse | Http2ServerResponse
/** What an upgrade request has in place of a response. */
export type NoResponse = Record<string, never>

/** Options of `expressSessions`. */
export interface SessionMiddlewareOptions {
  /**
   * What to do while the store is unavailable. `fail`, the default: an error, 503 with `Retry-After`. `anonymous`: the route goes on
   * with an anonymous session that is read-only and has `session.unavailable`; for pages that work without a session.
   */
  readonly onOutage?: 'fail' | 'anonymous'
  /**
   * Whether reading the session renews it; a function decides for each request. `false` is for pages that poll: they must not keep
   * a user signed in who has left. Default `true`.
   */
  readonly renew?: boolean | ((request: NodeRequest) => boolean)
}

interface NodeMiddlewareOptions extends SessionMiddlewareOptions {
  readonly isSecure?: (request: never) => unknown
}

/**
 * Opens the session of each request, attaches it, and commits it before the first byte of the response leaves. `names` are the
 * options that an adapter has beside those of every adapter.
 */
export function nodeMiddleware(
  sessions: Pick<Sessions<object>, 'open'>,
  options: NodeMiddlewareOptions,
  names: readonly string[] = [],
): (request: NodeRequest, response: NodeResponse | NoResponse, next: Next) => void {
  checkSessions(sessions)
  checkOptionNames('options', options, ['onOutage', 'renew', ...names])
  const { onOutage = 'fail', renew = true, isSecure = isMarkedSecure } = options
  if (onOutage !== 'fail' && onOutage !== 'anonymous') {
    throw new InvalidOptionError('onOutage', "must be 'fail' or 'anonymous'")
  }
  if (typeof renew !== 'boolean' && typeof renew !== 'function') {
    throw new InvalidOptionError('renew', 'must be true, false, or a function of the request')
  }
  const policy = onOutage === 'fail' ? 'required' : 'optional'
  return (request, response, next) => {
    const before = sessionOn(request, sessions)
    if (before === 'other') return void next(takenError())
    if (before !== 'none') return void next(onOutage === 'fail' ? before.unavailable : undefined)
    const renews = typeof renew === 'function' ? renew(request) : renew
    sessions
      .open(request.headers?.cookie, contextOf(request, isSecure(request as never)), { policy, renew: renews })
      .then(
        (opened) => {
          attachSession(request, sessions, opened)
          if (isResponse(response)) commitBefore(response, request, opened, next)
          callNext(response as HttpResponse, next)
        },
        (error: unknown) => passError(response as HttpResponse, error, next),
      )
  }
}

function checkSessions(sessions: Partial<Pick<Sessions<object>, 'open'>> | undefined): void {
  refuseMistaken('sessions', sessions, {
    store: 'pass createSessions({ store })',
    client: 'pass createSessions({ store })',
  })
  if (typeof sessions?.open !== 'function') {
    throw new InvalidOptionError('sessions', 'must be what createSessions() gave: pass createSessions(options)')
  }
}

/** Express computes this: with `trust proxy`, also for TLS that ends at the proxy. */
function isMarkedSecure(request: object): unknown {
  return (request as { readonly secure?: unknown }).secure
}

function contextOf(request: NodeRequest, secure: unknown): RequestContext {
  const { headers, socket } = request
  return {
    secure:
      typeof secure === 'boolean' ? secure : (socket as { readonly encrypted?: boolean } | null)?.encrypted === true,
    host: headers.host ?? headers[':authority']?.toString(),
    get direct() {
      return isLocalClient(request)
    },
  }
}

const isResponse = (response: NodeResponse | NoResponse): response is NodeResponse => typeof response.end === 'function'

function commitBefore(response: NodeResponse, request: NodeRequest, opened: OpenedSession<object>, next: Next): void {
  const anyResponse = response as unknown as HttpResponse
  holdResponse(response, new SessionHooks(request, anyResponse, opened, next))
  // A response that is not Node's own may be no emitter.
  if (typeof response.once === 'function') response.once('close', opened.responseClosed)
  opened.onLostError((error) => {
    if (!response.headersSent && !response.writableEnded) passError(anyResponse, error, next)
  })
}

function takenError(): InvalidArgumentError {
  return new InvalidArgumentError(
    'req.session is taken already, by another session middleware or by other sessions: mount only one of them for a route.',
  )
}
