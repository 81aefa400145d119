import type { ExtendableContext } from 'koa'
import type { Session } from '../../core/request/session.js'
import type { Sessions } from '../../core/sessions.js'
import type { OpenOptions } from '../../options.js'
import { setOwnSession } from '../node/attached-session.js'
import { awaitedSessions } from '../node/awaited-sessions.js'
import { takenError } from '../node/request-sessions.js'
import { resetHead } from '../response/error-response.js'
import type { KoaMiddleware } from './guards.js'

export type { BlockedRequest } from '../guards/blocked-request.js'
export type { GuardOptions } from '../guards/rules.js'
export { sessionOf } from '../node/attached-session.js'
export { blockedRequest, requireRecentSignIn, requireUser, resumeBlockedRequest, returnPath } from './guards.js'
export type { KoaMiddleware }

declare module 'koa' {
  interface ExtendableContext {
    /** The session of this request, once `koaSessions` has run. */
    readonly session: Session
  }
}

/** Options of `koaSessions`. */
export interface KoaSessionsOptions extends Pick<OpenOptions, 'onOutage'> {
  /**
   * Whether reading the session renews it; a function decides for each request. Use `false` for pages that poll, so that they do not
   * keep a user signed in who has left. Default `true`.
   */
  readonly renew?: boolean | ((context: ExtendableContext) => boolean)
}

/**
 * Gives each request its session, as `ctx.session`, and stores it before the first byte of the response is sent.
 *
 * It is stored when the middleware after this one is done. If the store fails, this one throws the error, for a middleware before it or
 * for Koa, and nothing of the response remains. What is written to `ctx.res` waits as well; if its session cannot be stored,
 * `ctx.onerror` responds instead. Mounting the same sessions twice does no harm. Behind a proxy that ends HTTPS, set `app.proxy`.
 *
 * @throws InvalidOptionError for an option that cannot work.
 *
 * @example
 * ```ts
 * app.use(koaSessions(sessions))
 * app.use((ctx) => {
 *   ctx.body = ctx.session.data.cart ?? []
 * })
 * ```
 */
export function koaSessions<Data extends object>(
  sessions: Sessions<Data>,
  options: KoaSessionsOptions = {},
): KoaMiddleware {
  const open = awaitedSessions<ExtendableContext>(sessions, options, ({ secure }) => secure)
  return async (context, next) => {
    const { req, res } = context
    const held = await open(req, res, context, (error) => context.onerror(error as Error))
    if (held === undefined) return void (await next())
    if (Reflect.has(context, 'session')) throw takenError()
    setOwnSession(context, (req as { readonly session?: unknown }).session)
    await next()
    if (context.respond === false) return
    try {
      await held.commitEarly(context.status, false)
    } catch (error) {
      discardResponse(context, error)
      throw error
    }
  }
}

/** So that nothing looks like success, whatever catches the error. */
function discardResponse(context: ExtendableContext, error: unknown): void {
  resetHead(context.res, error)
  const { status } = context
  context.body = undefined
  context.status = status
}
