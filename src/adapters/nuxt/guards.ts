import { STATUS_CODES, type IncomingMessage } from 'node:http'
import type { Duration } from '../../options/duration.js'
import { recentSignInRule, userRule, type Rule } from '../guards/rules.js'
import { sessionOn } from '../node/attached-session.js'
import { statusOf } from '../response/error-status.js'

/** A hook `onRequest` of a handler, which lets a request through or throws. */
export type NuxtGuard = (event: { readonly node: { readonly req: IncomingMessage } }) => void

/**
 * Lets only signed-in users through. For others it throws a `NotSignedInError` (401), whose `code` is sent as `data.code`.
 *
 * @example
 * ```ts
 * export default defineEventHandler({ onRequest: [requireUser()], handler: showAccount })
 * ```
 */
export function requireUser(): NuxtGuard {
  return guard(userRule({}))
}

/**
 * Lets only users through who signed in or re-authenticated less than `maxAge` ago. For others it throws a `RecentSignInRequiredError` (403), or a
 * `NotSignedInError` (401) if nobody is signed in. (ASVS 7.5.1, 7.5.3)
 *
 * @throws InvalidOptionError for a duration that cannot work.
 */
export function requireRecentSignIn(maxAge: Duration): NuxtGuard {
  return guard(recentSignInRule(maxAge, {}))
}

function guard(decide: Rule): NuxtGuard {
  return ({ node }) => {
    const asked = { headers: {}, session: sessionOn(node.req) }
    const decision = decide(asked)
    if (decision.kind === 'refuse') throw asExpected(decision.error as Error & { readonly code?: string })
  }
}

/** h3 prints errors that are not its own as unhandled ones. A refusal is none. */
function asExpected(error: Error & { readonly code?: string }): Error {
  const { code } = error
  return Object.defineProperties(error, {
    constructor: { value: { __h3_error__: true }, configurable: true },
    statusMessage: { value: STATUS_CODES[statusOf(error)], configurable: true },
    // It is sent, and ours is for developers.
    message: { value: code, configurable: true },
    data: { value: { code }, configurable: true },
  })
}
