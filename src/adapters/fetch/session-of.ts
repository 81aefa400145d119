import type { Session } from '../../core/request/session.js'
import type { Sessions } from '../../core/sessions.js'
import { InvalidArgumentError } from '../../errors.js'
import { presentSession } from './fetch-session.js'

/**
 * The session of a request, typed as `createSessions` was, for applications that do not augment `SessionData`. Throws `InvalidArgumentError` if
 * these sessions are not mounted.
 */
export function sessionOf<Data extends object>(sessions: Sessions<Data>, request: Request): Session<Data> {
  const opened = presentSession(sessions, request)
  if (opened !== undefined) return opened.session
  throw new InvalidArgumentError('This request has no session of the given sessions: mount them before the route.')
}
