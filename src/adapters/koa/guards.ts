import type { ExtendableContext, Next } from 'koa'
import type { Duration } from '../../options/duration.js'
import {
  blockedRequest as takeBlockedRequest,
  type BlockedRequest,
  type GuardedRequest,
} from '../guards/blocked-request.js'
import { resumption } from '../guards/resume.js'
import { returnPath as returnPathOf } from '../guards/return-path.js'
import { recentSignInRule, userRule, type GuardOptions, type Rule } from '../guards/rules.js'

/** A middleware for Koa 3 and 2, with whatever state and context the application has. */
export type KoaMiddleware = (context: ExtendableContext, next: Next) => Promise<void>

/**
 * Lets only signed-in users through. For others it throws a `NotSignedInError` (401).
 *
 * @throws InvalidOptionError for an option that cannot work.
 *
 * @example
 * ```ts
 * router.get('/account', requireUser({ redirectTo: '/login' }), showAccount)
 * ```
 */
export function requireUser(options: GuardOptions = {}): KoaMiddleware {
  return guard(userRule(options))
}

/**
 * Lets only users through who signed in or re-authenticated less than `maxAge` ago. For others it throws a `RecentSignInRequiredError` (403), or a
 * `NotSignedInError` (401) if nobody is signed in. (ASVS 7.5.1, 7.5.3)
 *
 * @throws InvalidOptionError for a duration or an option that cannot work.
 *
 * @example
 * ```ts
 * router.post('/email', requireRecentSignIn('10m', { redirectTo: '/confirm' }), changeEmail)
 * ```
 */
export function requireRecentSignIn(maxAge: Duration, options: GuardOptions = {}): KoaMiddleware {
  return guard(recentSignInRule(maxAge, options))
}

/**
 * Where to send the browser after it has signed in or re-authenticated: the value `return` of the query or of the parsed body, which the guards add to
 * `redirectTo`. Only a path of this origin is returned; everything else, such as `//evil.example`, gives `fallback`. (ASVS 3.7.2)
 */
export function returnPath(context: ExtendableContext, fallback = '/'): string {
  return returnPathOf(guarded(context), fallback)
}

/**
 * Takes the form that was blocked and that this request comes back to, by the `return` of its query or body, out of the session; `undefined` if there is
 * none, or another user signed in. A sign-in must `keep` it: `signIn(id, { keep: ['blockedRequest'] })`.
 */
export function blockedRequest(context: ExtendableContext): BlockedRequest | undefined {
  return takeBlockedRequest(guarded(context))
}

/**
 * Answers a sign-in or a re-authentication that a guard asked for: sends the form that was blocked again, or redirects to `returnPath(ctx, fallback)`. The
 * response is a page with the form, which submits itself for the user who sent it. For a page of your own, use `blockedRequest`. (WCAG 2.2.5)
 */
export function resumeBlockedRequest(context: ExtendableContext, fallback = '/'): void {
  const { status, headers, body = '' } = resumption(guarded(context), fallback)
  context.status = status
  context.set({ ...headers })
  context.body = body
}

function guard(decide: Rule): KoaMiddleware {
  return async (context, next) => {
    const decision = decide(guarded(context))
    if (decision.kind === 'pass') return void (await next())
    if (decision.kind === 'refuse') throw decision.error
    context.status = 303
    context.set('Location', decision.location)
    context.body = ''
  }
}

/** What guards look at, which a context has in several places. `ctx.request.body` is what a body parser puts there. */
function guarded(context: ExtendableContext): GuardedRequest {
  const { method, headers, originalUrl, query, request } = context
  const { body } = request as { readonly body?: unknown }
  return Object.assign({ method, headers, originalUrl, body }, { query, session: context.session })
}
