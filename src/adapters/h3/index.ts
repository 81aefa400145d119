import type { H3Event, Middleware } from 'h3'
import type { Session } from '../../core/request/session.js'
import type { Sessions } from '../../core/sessions.js'
import {
  checkFetchOptions,
  openHeadSession,
  presentSession,
  type FetchSessionOptions,
  type HeadSession,
} from '../fetch/fetch-session.js'
import { isLocalClient } from '../node/local-client.js'
import { refuseEvent } from './errors.js'
import { amendErrorResponse } from './on-error.js'
import { discardOutcome, outcomeOf, type Outcome } from './outcome.js'

export { returnPath, type FetchGuardOptions } from '../fetch/guard.js'
export { sessionOf } from '../fetch/session-of.js'
export { requireRecentSignIn, requireUser } from './guards.js'
export type { FetchSessionOptions }

declare module 'h3' {
  interface H3EventContext {
    /** The session of this request, once `h3Sessions` has run. */
    session: Session
  }
}

/**
 * Gives each request its session, as `event.context.session`, and stores it before the first byte of the response is sent.
 *
 * If the store fails, nothing of the handler's own response is sent, and the error goes to `onError`; without one, the response is a 503.
 * Mounting the same sessions twice does no harm.
 *
 * @throws InvalidOptionError for an option that cannot work.
 *
 * @example
 * ```ts
 * const app = new H3().use(h3Sessions(sessions)).get('/cart', ({ context }) => context.session.data.cart ?? [])
 * ```
 */
export function h3Sessions<Data extends object>(
  sessions: Sessions<Data>,
  options: FetchSessionOptions = {},
): Middleware {
  checkFetchOptions(sessions, options)
  return async (event, next) => {
    const request = event.req
    if (presentSession(sessions, request) !== undefined) return next()
    const isDirect = (): boolean => isFromThisMachine(event)
    const opening = openHeadSession(sessions, request, { isDirect, ...options })
    const opened = await opening.catch((error: unknown) => refuseEvent(event, error))
    event.context.session = opened.session as unknown as Session
    const outcome = await outcomeOf(event, next)
    await commitOutcome(event, opened, outcome).catch((error: unknown) => {
      discardOutcome(event, outcome)
      return refuseEvent(event, error)
    })
    if (outcome.kind === 'thrown') throw outcome.error
    return outcome.value
  }
}

async function commitOutcome(event: H3Event, opened: HeadSession<object>, outcome: Outcome): Promise<void> {
  const { status, heads, isWhole } = outcome
  for (const head of heads) await opened.commitHead(status, head, isWhole)
  if (outcome.isError) amendErrorResponse(event, (head) => opened.commitHead(status, head, isWhole))
  const { bodyEnded } = opened
  if (bodyEnded !== undefined) outcome.whenBodyEnds(bodyEnded)
}

/** On Node, the server passes the request that it got. */
function isFromThisMachine({ runtime }: H3Event): boolean {
  const request = runtime?.node?.req
  return request !== undefined && isLocalClient(request)
}
