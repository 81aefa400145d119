import type { Session } from '../core/request/session.js'
import type { Sessions } from '../core/sessions.js'
import { nodeMiddleware, type SessionMiddleware, type SessionMiddlewareOptions } from './node/middleware.js'
import type { SessionProperty } from './node/session-property.js'

export { blockedRequest, type BlockedRequest } from './guards/blocked-request.js'
export { requireRecentSignIn, requireUser, type Guard } from './guards/require-sign-in.js'
export { resumeBlockedRequest } from './guards/resume.js'
export { returnPath } from './guards/return-path.js'
export type { GuardOptions } from './guards/rules.js'
export { sessionOf } from './node/attached-session.js'
export type { SessionMiddleware, SessionMiddlewareOptions }

declare global {
  namespace Express {
    /** The types of session on a request, by import path. A program may use several; each route has one of them. */
    interface SesseraSessions {
      native: Session
    }
    interface SesseraRequest {
      /** The session of this request, once the middleware has run. */
      session: SessionProperty<SesseraSessions>
    }
    interface Request extends SesseraRequest {}
  }
}

/**
 * Gives each request its session, as `req.session`, and stores it before the first byte of the response is sent.
 *
 * If the store fails, nothing of the handler's own response is sent, and the error goes to the application's error handlers.
 * Mounting the same sessions twice does no harm.
 *
 * With `onOutage: 'anonymous'`, routes continue while the store is unavailable, with an anonymous, read-only session. To fail on some of
 * them, mount the middleware there again, without the option.
 *
 * An upgrade request has no response: pass `{}` instead. Then nothing is stored automatically: await `update` and `save`, which reject
 * if they fail.
 *
 * @throws InvalidOptionError for an option that cannot work.
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
  return nodeMiddleware(sessions, options)
}
