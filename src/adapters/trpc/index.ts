import type { TRPCMiddlewareFunction } from '@trpc/server'
import { openAfterHead } from '../../core/request/opened-session.js'
import type { Session } from '../../core/request/session.js'
import type { Sessions } from '../../core/sessions.js'
import { checkSessions } from '../check-options.js'
import { asTrpcError } from './errors.js'
import { isStreamed, sessionOfServer, type TrpcRequest } from './request.js'
import { committed, expected } from './result.js'

export { requireRecentSignIn, requireUser, type TrpcGuard } from './guards.js'
export type { TrpcRequest }

/** What a context must have: `createContext = ({ req }) => ({ req })`. */
export interface TrpcContext {
  readonly req: TrpcRequest
}

/** A middleware for procedures, which adds the session to their context. */
export type TrpcSessions<Data extends object> = TRPCMiddlewareFunction<
  TrpcContext,
  unknown,
  object,
  { session: Session<Data> },
  unknown
>

/**
 * Gives procedures the session, as `ctx.session`, and makes a `TRPCError` of an error of Sessera: its `code` is `UNAUTHORIZED`, `FORBIDDEN`, `CONFLICT`,
 * `SERVICE_UNAVAILABLE` or `INTERNAL_SERVER_ERROR`, its message the code of the error, which is the `cause`.
 *
 * The adapter of the server around tRPC must be mounted: it opens the session, and stores it when the response begins, after all procedures of a
 * batch.
 *
 * The response to a streamed batch (`httpBatchStreamLink`) and to a subscription begins before. There each procedure has a session of its own, which
 * is stored when it is done; a generator is done after its last value. No cookie can be set, so `signIn`, `reauthenticate`, `rotate`, `remember` and
 * `end` throw `CookieNotSettableError`; storing a new session fails with it.
 *
 * @throws InvalidOptionError for sessions that cannot be used.
 *
 * @example
 * ```ts
 * const t = initTRPC.context<typeof createContext>().create()
 * const procedure = t.procedure.use(trpcSessions(sessions))
 * ```
 */
export function trpcSessions<Data extends object>(sessions: Sessions<Data>): TrpcSessions<Data> {
  checkSessions(sessions)
  return async ({ ctx, type, next }) => {
    try {
      const session = sessionOfServer(sessions, ctx.req)
      if (type !== 'subscription' && !isStreamed(ctx.req)) return expected(await next({ ctx: { session } }))
      const { session: own, commit } = openAfterHead(session)
      return await committed(expected(await next({ ctx: { session: own } })), commit)
    } catch (error) {
      throw asTrpcError(error)
    }
  }
}
