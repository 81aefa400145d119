import type { ServerResponse } from 'node:http'
import type { Session } from '../../core/request/session.js'
import { InvalidArgumentError, NotSignedInError, RecentSignInRequiredError } from '../../errors.js'
import { checkOption } from '../../options/check-option.js'
import { checkOptionNames } from '../../options/check-option-names.js'
import { parseTimeout, type Duration } from '../../options/duration.js'
import { attachmentOf, sessionOn } from '../node/attached-session.js'
import { keepForm, type GuardedRequest } from './blocked-request.js'
import { redirect } from './redirect.js'
import { pathOf } from './return-path.js'

/** A middleware that lets a request through or not. Mount it after `expressSessions`. */
export type Guard = (request: GuardedRequest, response: ServerResponse, next: (error?: unknown) => void) => void

/** Options of `requireUser` and `requireRecentSignIn`. */
export interface GuardOptions {
  /**
   * A path of this origin, such as `/login`, to which browsers are sent with `?return=` and where they came from, which `returnPath` reads. It is always
   * let through. A form that is sent by POST is kept for `resumeBlockedRequest`, if the application parsed it before and it has at most 16 KB, no
   * password and no card number. All other requests, such as by `fetch`, get the error. Default: every request gets the error.
   */
  readonly redirectTo?: string
}

/**
 * Lets only signed-in users through. Others get a `NotSignedInError` (401), by the application's error handlers.
 *
 * @throws InvalidOptionError for an option that cannot work.
 *
 * @example
 * ```ts
 * app.use('/account', requireUser({ redirectTo: '/login' }))
 * ```
 */
export function requireUser(options: GuardOptions = {}): Guard {
  return guard(options, ({ userId }) => (userId === undefined ? new NotSignedInError() : undefined))
}

/**
 * Lets only users through who signed in or re-authenticated less than `maxAge` ago. Others get a `RecentSignInRequiredError` (403), or a `NotSignedInError`
 * (401) if nobody is signed in, by the application's error handlers. (ASVS 7.5.1, 7.5.3)
 *
 * @throws InvalidOptionError for a duration or an option that cannot work.
 *
 * @example
 * ```ts
 * app.post('/email', requireRecentSignIn('10m', { redirectTo: '/confirm' }), changeEmail)
 * ```
 */
export function requireRecentSignIn(maxAge: Duration, options: GuardOptions = {}): Guard {
  parseTimeout('maxAge', maxAge)
  return guard(options, (session) => {
    if (session.userId === undefined) return new NotSignedInError()
    return session.hasRecentSignIn(maxAge) ? undefined : new RecentSignInRequiredError()
  })
}

function guard(options: GuardOptions, problemOf: (session: Session) => Error | undefined): Guard {
  checkOptionNames('options', options, ['redirectTo'])
  const { redirectTo } = options
  const isPath = redirectTo === undefined || pathOf(redirectTo) !== undefined
  checkOption(isPath, 'redirectTo', "must be a path of this origin, such as '/login'")
  return (request, response, next) => {
    if (redirectTo !== undefined && withoutQuery(request.originalUrl) === withoutQuery(redirectTo)) return next()
    const session = sessionOn(request)
    const attached = attachmentOf(session)
    if (attached === undefined) return next(notMountedError())
    // During an outage nobody is known to be signed out.
    if (attached.outage !== undefined) return next(attached.outage)
    const problem = problemOf(session as Session)
    if (problem === undefined) return next()
    const back = redirectTo === undefined ? undefined : wayBack(request, session as Session)
    if (redirectTo === undefined || back === undefined) return next(problem)
    redirect(response, withReturn(redirectTo, back))
  }
}

/** Where the browser is to come back to; empty if that is too long to say. `undefined` if a redirect would lose something, or is no use. */
function wayBack(request: GuardedRequest, session: Session): string | undefined {
  const { method, headers, originalUrl } = request
  // A browser that goes to a page says so; `fetch` accepts anything.
  if (!/\btext\/html\b/i.test(headers.accept ?? '')) return undefined
  if (method === 'GET' || method === 'HEAD') return pathOf(originalUrl) ?? ''
  return keepForm(request, session)
}

function withReturn(redirectTo: string, back: string): string {
  const url = new URL(redirectTo, 'http://localhost')
  if (back !== '') url.searchParams.set('return', back)
  return url.pathname + url.search + url.hash
}

function withoutQuery(url: string | undefined): string | undefined {
  return url?.split(/[?#]/, 1)[0]
}

function notMountedError(): InvalidArgumentError {
  return new InvalidArgumentError('This request has no session: mount expressSessions(sessions) before the guard.')
}
