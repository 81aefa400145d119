import type { Session } from '../../core/request/session.js'
import { InvalidArgumentError, NotSignedInError, RecentSignInRequiredError } from '../../errors.js'
import { checkOption } from '../../options/check-option.js'
import { checkOptionNames } from '../../options/check-option-names.js'
import { parseTimeout, type Duration } from '../../options/duration.js'
import { attachmentOf, sessionOn } from '../node/attached-session.js'
import { keepForm, type GuardedRequest, type SessionWithForm } from './blocked-request.js'
import { pathOf } from './return-path.js'

/** Options of `requireUser` and `requireRecentSignIn`. */
export interface GuardOptions {
  /**
   * A path of this origin, such as `/login`, to which browsers are sent with `?return=` and where they came from, which `returnPath` reads. It is always
   * let through. A form that is sent by POST is kept for `resumeBlockedRequest`, if the application parsed it before and it has at most 16 KB, no
   * password and no card number. All other requests, such as by `fetch`, get the error. Default: every request gets the error.
   */
  readonly redirectTo?: string
}

/** What a guard does with a request. Each framework has its own way to do it. */
export type Decision =
  | { readonly kind: 'pass' }
  | { readonly kind: 'refuse'; readonly error: unknown }
  | { readonly kind: 'redirect'; readonly location: string }

/** Decides about a request, which must have its session. */
export type Rule = (request: GuardedRequest) => Decision

const pass: Decision = { kind: 'pass' }

/** Lets signed-in users through. Throws `InvalidOptionError` for an option that cannot work. */
export function userRule(options: GuardOptions): Rule {
  return rule(options, ({ userId }) => (userId === undefined ? new NotSignedInError() : undefined))
}

/** Lets users through who proved who they are less than `maxAge` ago. Throws `InvalidOptionError` for a duration or an option that cannot work. */
export function recentSignInRule(maxAge: Duration, options: GuardOptions): Rule {
  parseTimeout('maxAge', maxAge)
  return rule(options, (session) => {
    if (session.userId === undefined) return new NotSignedInError()
    return session.hasRecentSignIn(maxAge) ? undefined : new RecentSignInRequiredError()
  })
}

function rule(options: GuardOptions, problemOf: (session: Session) => Error | undefined): Rule {
  checkOptionNames('options', options, ['redirectTo'])
  const { redirectTo } = options
  const isPath = redirectTo === undefined || pathOf(redirectTo) !== undefined
  checkOption(isPath, 'redirectTo', "must be a path of this origin, such as '/login'")
  return (request) => {
    if (redirectTo !== undefined && withoutQuery(request.originalUrl) === withoutQuery(redirectTo)) return pass
    const session = sessionOn(request)
    const attached = attachmentOf(session)
    if (attached === undefined) return refuse(notMountedError())
    // During an outage nobody is known to be signed out.
    if (attached.outage !== undefined) return refuse(attached.outage)
    const problem = problemOf(session as Session)
    if (problem === undefined) return pass
    const back = redirectTo === undefined ? undefined : wayBack(request, session as SessionWithForm)
    if (redirectTo === undefined || back === undefined) return refuse(problem)
    return { kind: 'redirect', location: withReturn(redirectTo, back) }
  }
}

function refuse(error: unknown): Decision {
  return { kind: 'refuse', error }
}

/** Where the browser is to come back to; empty if that is too long to say. `undefined` if a redirect would lose something, or is no use. */
function wayBack(request: GuardedRequest, session: SessionWithForm): string | undefined {
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
  return new InvalidArgumentError('This request has no session: mount the sessions before the guard.')
}
