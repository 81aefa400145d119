import type { ServerResponse } from 'node:http'
import type { Http2ServerResponse } from 'node:http2'
import type { OpenedSession } from '../../core/request/opened-session.js'
import { openAtOnce, type Sessions } from '../../core/sessions.js'
import { InvalidArgumentError } from '../../errors.js'
import type { OpenOptions } from '../../options.js'
import { holdResponse } from '../response/hold-response.js'
import type { HttpResponse } from '../response/http-response.js'
import { checkOpening, checkSessions } from '../check-options.js'
import { NodeRequestContext, type NodeRequest } from './node-request-context.js'
import { passError, type Next } from './next.js'
import { attachmentOf, attachSession, sessionOn } from './attached-session.js'
import { SessionHooks } from './session-hooks.js'

export type { NodeRequest }
export type NodeResponse = ServerResponse | Http2ServerResponse
/** What the adapters take of `createSessions`. */
export type OpensSessions = Pick<Sessions<object>, 'open'>

/** Options of all adapters; `Asked` is what the framework calls a request. */
export interface AdapterOptions<Asked> extends Pick<OpenOptions, 'onOutage'> {
  readonly renew?: boolean | ((asked: Asked) => boolean)
}

/** The steps of every adapter on Node's requests. Each adapter calls them as its framework goes on: by callbacks or by promises. */
export interface RequestSessions<Asked> {
  /** Whether the request has its session already, and then whether that is a problem. */
  present(request: NodeRequest): { readonly problem: unknown } | undefined
  open(request: NodeRequest, asked: Asked): OpenedSession<object> | Promise<OpenedSession<object>>
  /** Attaches the session, and holds the response until it is committed. Errors that come later go to `onError`. */
  attach(request: NodeRequest, response: NodeResponse, opened: OpenedSession<object>, onError: Next): SessionHooks
}

/**
 * Checks what the application passed to an adapter. `ownOptions` names the options that only this adapter has; if `isSecure` returns no boolean,
 * the connection decides.
 */
export function requestSessions<Asked>(
  sessions: OpensSessions,
  options: AdapterOptions<Asked>,
  isSecure: (asked: Asked) => unknown,
  ownOptions: readonly string[] = [],
): RequestSessions<Asked> {
  checkSessions(sessions)
  checkOpening(options, ownOptions)
  const { onOutage = 'fail', renew = true } = options
  const renewing = { onOutage, renew: true }
  const keeping = { onOutage, renew: false }
  return {
    present(request) {
      const session = sessionOn(request)
      if (session === undefined) return undefined
      const attached = attachmentOf(session)
      if (attached?.sessions !== sessions) return { problem: takenError() }
      return { problem: onOutage === 'fail' ? attached.outage : undefined }
    },
    open(request, asked) {
      const renews = typeof renew === 'function' ? renew(asked) : renew
      const context = new NodeRequestContext(request, asked, isSecure)
      return openAtOnce(sessions, request.headers?.cookie, context, renews ? renewing : keeping)
    },
    attach(request, response, opened, onError) {
      attachSession(request, sessions, opened)
      return commitBefore(response, request, opened, onError)
    },
  }
}

function commitBefore(
  nodeResponse: NodeResponse,
  request: NodeRequest,
  opened: OpenedSession<object>,
  onError: Next,
): SessionHooks {
  const response = nodeResponse as HttpResponse
  const hooks = new SessionHooks(request, response, opened, onError)
  // An upgrade request has no response, and `{}` takes its place.
  if (typeof response.end !== 'function') return hooks
  holdResponse(response, hooks)
  if (opened.watchesLateChanges !== false) response.once?.('close', opened.responseClosed)
  opened.onUnhandledError((error) => {
    if (!response.headersSent && !response.writableEnded) passError(response, error, onError)
  })
  return hooks
}

/** For a request that has something else as its session. */
export function takenError(): InvalidArgumentError {
  return new InvalidArgumentError(
    'The session of this request is already set, by another session middleware or for other sessions: mount only one of them for a route.',
  )
}
