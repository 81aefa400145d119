import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { OpenedSession } from '../core/request/opened-session.js'
import type { RequestContext } from '../core/request/request-context.js'
import type { Session } from '../core/request/session.js'
import type { DefaultSessionData } from '../core/record/session-data.js'
import { checkOptionNames, refuseMistaken } from '../options/names.js'
import type { OpenOptions } from '../options.js'
import type { Sessions } from '../core/sessions.js'
import { InvalidArgumentError, InvalidOptionError } from '../errors.js'
import type { Target } from './response/patch.js'
import { isDirect } from './node/direct-request.js'
import { failRequest, goOn } from './response/fail-request.js'
import { holdResponse } from './response/hold-response.js'
import { SessionHold } from './node/session-hold.js'
import type { SessionOfDoors } from './declared-session.js'

declare global {
  namespace Express {
    /** What the doors to sessions put on a request; in a program that uses both, each route has one of them. */
    interface SesseraSessions {
      native: Session<DefaultSessionData>
    }
    interface SesseraRequest {
      /** The session of this request, once the middleware has run. */
      session: SessionOfDoors<SesseraSessions>
    }
    interface Request extends SesseraRequest {}
  }
}

type NodeRequest = IncomingMessage | Http2ServerRequest
type NodeResponse = ServerResponse | Http2ServerResponse
type NoResponse = Record<string, never>

/** Options of `expressSessions`. */
export interface SessionMiddlewareOptions extends Pick<OpenOptions, 'onOutage'> {
  /**
   * Whether looking at the session prolongs it; a function decides it for each request. `false` is for pages that poll by themselves:
   * they must not keep somebody signed in who has gone. Default `true`.
   */
  readonly renew?: boolean | ((request: IncomingMessage | Http2ServerRequest) => boolean)
}

/** A middleware for Express 5 and 4, Connect, and whatever else calls functions of this shape. */
export type SessionMiddleware = (
  request: NodeRequest,
  response: NodeResponse | NoResponse,
  next: (error?: unknown) => void,
) => void

/** Where a request keeps what was opened for it; another copy of the package (Bun, Jest) finds it too. */
const mounted: unique symbol = Symbol.for('sessera.mounted') as never

interface Mounted {
  readonly sessions: unknown
  readonly session: unknown
  readonly unavailable: unknown
}

interface Carrier {
  session?: unknown
  [mounted]?: Mounted
  /** As Express computes it: with `trust proxy`, also for TLS that ended at the proxy. */
  readonly secure?: unknown
}

/**
 * Gives each request its session, as `req.session`, and stores it before the first byte of the response leaves.
 *
 * An error of the store reaches the application's error handler, as do the others: nothing of the handler's own answer was sent
 * then. Mounting the same sessions twice does no harm.
 *
 * With `onOutage: 'anonymous'` a route keeps working while the store is unavailable, with an empty, read-only session. Mounted again
 * further in with `'fail'`, it is an error there.
 *
 * For a request to upgrade there is no response, and `{}` takes its place: await what `update` and `save` store; nothing is stored by
 * itself, and no answer tells of what failed.
 *
 * @example
 * ```ts
 * app.use(expressSessions(sessions))
 * app.get('/cart', (req, res) => res.json(req.session.data.cart ?? []))
 * ```
 */
export function expressSessions<Data extends object>(
  sessions: Sessions<Data>,
  options: SessionMiddlewareOptions = {},
): SessionMiddleware {
  refuseMistaken('sessions', sessions, {
    store: 'pass createSessions({ store })',
    client: 'pass createSessions({ store })',
  })
  if (typeof (sessions as Partial<Sessions<Data>> | undefined)?.open !== 'function') {
    throw new InvalidOptionError('sessions', 'must be what createSessions() gave: pass createSessions(options)')
  }
  checkOptionNames('options', options, ['onOutage', 'renew'])
  const { onOutage = 'fail', renew = true } = options
  if (onOutage !== 'fail' && onOutage !== 'anonymous') {
    throw new InvalidOptionError('onOutage', "must be 'fail' or 'anonymous'")
  }
  if (typeof renew !== 'boolean' && typeof renew !== 'function') {
    throw new InvalidOptionError('renew', 'must be true, false, or a function of the request')
  }
  return (request, response, next) => {
    const carrier = request as Carrier
    const given = carrier[mounted]
    if (given?.sessions === sessions) return next(onOutage === 'fail' ? given.unavailable : undefined)
    if (carrier.session !== undefined) return next(takenError())
    const renews = typeof renew === 'function' ? renew(request) : renew
    sessions.open(request.headers?.cookie, contextOf(request), { onOutage, renew: renews }).then(
      (opened) => {
        putSession(carrier, opened.session)
        refuseSessionId(carrier)
        carrier[mounted] = { sessions, session: opened.session, unavailable: opened.outage }
        if (isResponse(response)) holdSession(request, response, opened, next)
        goOn(response as Target, next)
      },
      (error: unknown) => failRequest(response as Target, error, next),
    )
  }
}

/**
 * The session of a request, typed as `createSessions` was: what `req.session` is, for applications that do not augment
 * `SessionData`. Throws `InvalidArgumentError` where `expressSessions(sessions)` has not run.
 */
export function sessionOf<Data extends object>(sessions: Sessions<Data>, request: object): Session<Data> {
  const found = (request as Carrier)[mounted]
  if (found?.sessions === sessions) return found.session as Session<Data>
  throw new InvalidArgumentError(
    'This request has no session of these sessions: mount expressSessions(sessions) before the route.',
  )
}

// `req.session = null` signs out with other libraries; here it must not pass as if it had.
function putSession(carrier: Carrier, session: unknown): void {
  Object.defineProperty(carrier, 'session', {
    configurable: true,
    enumerable: true,
    get: () => session,
    set: () => {
      throw new InvalidArgumentError('req.session cannot be replaced; to sign out, call req.session.end().')
    },
  })
}

// Where it is read as the name of somebody, `undefined` would be everybody's.
function refuseSessionId(carrier: Carrier): void {
  if ('sessionID' in carrier) return
  Object.defineProperty(carrier, 'sessionID', {
    configurable: true,
    enumerable: false,
    get: () => {
      throw new InvalidArgumentError('There is no req.sessionID: the public name of a session is req.session.handle.')
    },
    set: (value: unknown) => {
      Object.defineProperty(carrier, 'sessionID', { value, writable: true, enumerable: true })
    },
  })
}

function holdSession(
  request: NodeRequest,
  response: NodeResponse,
  opened: OpenedSession<object>,
  next: (error?: unknown) => void,
): void {
  holdResponse(response, new SessionHold(request, response as unknown as Target, opened, next))
  // A response that is not Node's own may be no emitter.
  if (typeof response.once === 'function') response.once('close', opened.responseClosed)
  opened.onUnhandledError((error) => {
    if (!response.headersSent && !response.writableEnded) failRequest(response as unknown as Target, error, next)
  })
}

const isResponse = (response: NodeResponse | NoResponse): response is NodeResponse => typeof response.end === 'function'

function contextOf(request: NodeRequest & Carrier): RequestContext {
  const { headers, secure, socket } = request
  return {
    secure:
      typeof secure === 'boolean' ? secure : (socket as { readonly encrypted?: boolean } | null)?.encrypted === true,
    host: headers.host ?? headers[':authority']?.toString(),
    get direct() {
      return isDirect(request)
    },
  }
}

function takenError(): InvalidArgumentError {
  return new InvalidArgumentError(
    'req.session is taken already, by another session middleware or by other sessions: mount only one of them for a route.',
  )
}
