import type { OpenedSession } from '../../core/request/opened-session.js'
import type { Session } from '../../core/request/session.js'
import type { Sessions } from '../../core/sessions.js'
import { InvalidArgumentError } from '../../errors.js'

/** The property of a request that holds its session. Another copy of the package (Bun, Jest) finds it too. */
const attached: unique symbol = Symbol.for('sessera.mounted') as never

interface Attached {
  readonly sessions: unknown
  readonly session: unknown
  /** Why the session is anonymous, if the store was unavailable. */
  readonly outage: unknown
}

/** What was attached to a request, if anything. */
export function attachedTo(request: object): Attached | undefined {
  return (request as { readonly [attached]?: Attached })[attached]
}

export function attachSession(request: object, sessions: unknown, { session, outage }: OpenedSession<object>): void {
  defineSession(request, session)
  if (!('sessionID' in request)) forbidSessionId(request)
  Object.assign(request, { [attached]: { sessions, session, outage } satisfies Attached })
}

/**
 * The session of a request, typed as `createSessions` was: `req.session` for applications that do not augment `SessionData`. Throws
 * `InvalidArgumentError` if `expressSessions(sessions)` has not run.
 */
export function sessionOf<Data extends object>(sessions: Sessions<Data>, request: object): Session<Data> {
  const found = attachedTo(request)
  if (found?.sessions === sessions) return found.session as Session<Data>
  throw new InvalidArgumentError(
    'This request has no session of the given sessions: mount expressSessions(sessions) before the route.',
  )
}

// `req.session = null` signs out with other libraries; here it must not pass silently.
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
