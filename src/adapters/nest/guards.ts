import { HttpException, type CanActivate } from '@nestjs/common'
import type { Duration } from '../../options/duration.js'
import type { GuardedRequest } from '../guards/blocked-request.js'
import { resumption } from '../guards/resume.js'
import { recentSignInRule, userRule, type GuardOptions, type Rule } from '../guards/rules.js'

/** What is used of a response, on Express and on Fastify. */
export interface NestResponse {
  status(code: number): unknown
  header(name: string, value: string): unknown
  send(body: string): unknown
}

/**
 * A guard that lets only signed-in users through. For others it throws a `NotSignedInError` (401).
 *
 * @throws InvalidOptionError for an option that cannot work.
 *
 * @example
 * ```ts
 * @UseGuards(requireUser({ redirectTo: '/login' }))
 * ```
 */
export function requireUser(options: GuardOptions = {}): CanActivate {
  return guard(userRule(options))
}

/**
 * A guard that lets only users through who signed in or re-authenticated less than `maxAge` ago. For others it throws a `RecentSignInRequiredError`
 * (403), or a `NotSignedInError` (401) if nobody is signed in. (ASVS 7.5.1, 7.5.3)
 *
 * @throws InvalidOptionError for a duration or an option that cannot work.
 *
 * @example
 * ```ts
 * @UseGuards(requireRecentSignIn('10m', { redirectTo: '/confirm' }))
 * ```
 */
export function requireRecentSignIn(maxAge: Duration, options: GuardOptions = {}): CanActivate {
  return guard(recentSignInRule(maxAge, options))
}

/**
 * Answers a sign-in or a re-authentication that a guard asked for: sends the form that was blocked again, or redirects to `returnPath(request, fallback)`.
 * Call it last, in a handler that takes `@Res()`. The response is a page with the form, which submits itself for the user who sent it. For a page of
 * your own, use `blockedRequest`. (WCAG 2.2.5)
 *
 * @example
 * ```ts
 * session.reauthenticate()
 * resumeBlockedRequest(request, response, '/account')
 * ```
 */
export function resumeBlockedRequest(request: object, response: NestResponse, fallback = '/'): void {
  const { status, headers, body = '' } = resumption(request, fallback)
  response.status(status)
  for (const [name, value] of Object.entries(headers)) response.header(name, value)
  response.send(body)
}

function guard(decide: Rule): CanActivate {
  return {
    canActivate(context) {
      const http = context.switchToHttp()
      const decision = decide(http.getRequest<GuardedRequest>())
      if (decision.kind === 'refuse') throw decision.error
      if (decision.kind === 'pass') return true
      http.getResponse<NestResponse>().header('Location', decision.location)
      throw new HttpException('See Other', 303)
    },
  }
}
