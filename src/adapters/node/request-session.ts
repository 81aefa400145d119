import type { OpenedSession } from '../../core/request/opened-session.js'
import type { Session } from '../../core/request/session.js'
import type { Sessions } from '../../core/sessions.js'
import { InvalidArgumentError } from '../../errors.js'

/** Where a request keeps what was opened for it; another copy of the package (Bun, Jest) finds it too. */
const attached: unique symbol = Symbol.for('sessera.mounted') as never

interface Attached {
  readonly sessions: unknown
  readonly session: unknown
  /** Why the session is anonymous, if the store was unavailable. */
  readonly unavailable: unknown
}

interface SessionRequest {
  readonly session?: unknown
  [attached]?: Attached
}

/** What a request has: nothing, a session of these `sessions`, or one from elsewhere. */
export function sessionOn(request: object, sessions: unknown): 'none' | 'other' | Attached {
  const found = (request as SessionRequest)[attached]
  if (found?.sessions === sessions) return found as Attached
  return (request as SessionRequest).session === undefined ? 'none' : 'other'
}

export function attachSession(
  request: object,
  sessions: unknown,
  { session, unavailable }: OpenedSession<object>,
): void {
  defineSession(request, session)
  if (!('sessionID' in request)) forbidSessionId(request)
  ;(request as SessionRequest)[attached] = { sessions, session, unavailable }
}

/**
 * The session of a request, typed as `createSessions` was: `req.session` for applications that do not augment `SessionData`. Throws
 * `InvalidArgumentError` if `expressSessions(sessions)` has not run.
 */
export function sessionOf<Data extends object>(sessions: Sessions<Data>, request: object): Session<Data> {
  const found = sessionOn(request, sessions)
  if (typeof found !== 'string') return found.session as Session<Data>
  throw new InvalidArgumentError(
    'This request has no session of these sessions: mount expressSessions(sessions) before the route.',
  )
}

// `req.session = null` signs out with other libraries; here it must not look as if it had.
function defineSession(request: object, session: unknown): void {
  Object.defineProperty(request, 'session', {
    configurable: true,
    enumerable: true,
    get: () => session,
    set: () => {
      throw new InvalidArgumentError('req.session cannot be replaced; to sign out, call req.session.end().')
    },
  })
}

// Code that uses it as a user's key would put all users under `undefined`.
function forbidSessionId(request: object): void {
  Object.defineProperty(request, 'sessionID', {
    configurable: true,
    enumerable: false,
    get: () => {
      throw new InvalidArgumentError('There is no req.sessionID: the public name of a session is req.session.handle.')
    },
    set: (value: unknown) => {
      Object.defineProperty(request, 'sessionID', { value, writable: true, enumerable: true })
    },
  })
}
