import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Duration } from '../../options/duration.js'
import { resumption } from '../guards/resume.js'
import { recentSignInRule, userRule, type GuardOptions, type Rule } from '../guards/rules.js'

/** A hook `preHandler`, which lets a request through or not. */
export type FastifyGuard = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

/**
 * Lets only signed-in users through. Others get a `NotSignedInError` (401), by the error handler.
 *
 * @throws InvalidOptionError for an option that cannot work.
 *
 * @example
 * ```ts
 * app.get('/account', { preHandler: requireUser({ redirectTo: '/login' }) }, showAccount)
 * ```
 */
export function requireUser(options: GuardOptions = {}): FastifyGuard {
  return guard(userRule(options))
}

/**
 * Lets only users through who signed in or re-authenticated less than `maxAge` ago. Others get a `RecentSignInRequiredError` (403), or a `NotSignedInError`
 * (401) if nobody is signed in, by the error handler. (ASVS 7.5.1, 7.5.3)
 *
 * @throws InvalidOptionError for a duration or an option that cannot work.
 *
 * @example
 * ```ts
 * app.post('/email', { preHandler: requireRecentSignIn('10m', { redirectTo: '/confirm' }) }, changeEmail)
 * ```
 */
export function requireRecentSignIn(maxAge: Duration, options: GuardOptions = {}): FastifyGuard {
  return guard(recentSignInRule(maxAge, options))
}

/**
 * Answers a sign-in or a re-authentication that a guard asked for: sends the form that was blocked again, or redirects to `returnPath(request, fallback)`.
 * Return its result from the handler. The response is a page with the form, which submits itself for the user who sent it. For a page of your own, use
 * `blockedRequest`. (WCAG 2.2.5)
 *
 * @example
 * ```ts
 * request.session.reauthenticate()
 * return resumeBlockedRequest(request, reply, '/account')
 * ```
 */
export function resumeBlockedRequest(request: object, reply: FastifyReply, fallback = '/'): FastifyReply {
  const { status, headers, body = '' } = resumption(request, fallback)
  return reply.code(status).headers(headers).send(body)
}

function guard(decide: Rule): FastifyGuard {
  return async (request, reply) => {
    const decision = decide(request)
    if (decision.kind === 'refuse') throw decision.error
    return decision.kind === 'redirect' ? reply.redirect(decision.location, 303) : undefined
  }
}
