import type { TRPCMiddlewareFunction } from '@trpc/server'
import type { Session } from '../../core/request/session.js'
import { signedInUser } from '../../core/request/signed-in-user.js'
import type { Duration } from '../../options/duration.js'
import { recentSignInRule, userRule, type Rule } from '../guards/rules.js'
import { asTrpcError } from './errors.js'

/** A middleware for procedures behind `trpcSessions`, which lets a call through or not, and adds the user to the context. */
export type TrpcGuard = TRPCMiddlewareFunction<
  { readonly session: object },
  unknown,
  object,
  { userId: string },
  unknown
>

/**
 * Lets only signed-in users through, and adds `ctx.userId`. Others get a `TRPCError` with the code `UNAUTHORIZED` and the message `NOT_SIGNED_IN`.
 *
 * @example
 * ```ts
 * const userProcedure = procedure.use(requireUser())
 * ```
 */
export function requireUser(): TrpcGuard {
  return guard(userRule({}))
}

/**
 * Lets only users through who signed in or re-authenticated less than `maxAge` ago, and adds `ctx.userId`. Others get a `TRPCError` with the code
 * `FORBIDDEN` and the message `RECENT_SIGN_IN_REQUIRED`, or what `requireUser` says if nobody is signed in. (ASVS 7.5.1, 7.5.3)
 *
 * @throws InvalidOptionError for a duration that cannot work.
 */
export function requireRecentSignIn(maxAge: Duration): TrpcGuard {
  return guard(recentSignInRule(maxAge, {}))
}

function guard(decide: Rule): TrpcGuard {
  return async ({ ctx, next }) => {
    const { session } = ctx
    const asked = { headers: {}, session }
    const decision = decide(asked)
    if (decision.kind === 'refuse') throw asTrpcError(decision.error)
    return next({ ctx: { userId: signedInUser(session as Session) } })
  }
}
