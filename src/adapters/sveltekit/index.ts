import type { IncomingMessage } from 'node:http'
import type { Session } from '../../core/request/session.js'
import type { Sessions } from '../../core/sessions.js'
import { printAndRespond } from '../fetch/error-response.js'
import { checkFetchOptions, openHeadSession, presentSession, type FetchSessionOptions } from '../fetch/fetch-session.js'
import { isLocalClient } from '../node/local-client.js'
import type { KitEvent, KitHandle } from './event.js'
import { commitThrown } from './thrown.js'

export { returnPath, type FetchGuardOptions } from '../fetch/guard.js'
export { sessionOf } from '../fetch/session-of.js'
export { requireRecentSignIn, requireUser } from './guards.js'
export type { FetchSessionOptions, KitEvent, KitHandle }

declare global {
  namespace App {
    interface Locals {
      /** The session of this request, once `svelteKitSessions` has run. */
      session: Session
    }
  }
}

/** Options of `svelteKitSessions`. */
export interface SvelteKitSessionsOptions extends FetchSessionOptions {
  /**
   * Responds where a session could not be read or stored. Nothing of the page's own response was sent then. Default: prints the error, and
   * responds with its status and headers, such as 503 and `Retry-After`, which SvelteKit would not. To have `handleError` called, and
   * SvelteKit's own page with status 500: `(error) => { throw error }`.
   */
  readonly onError?: (error: unknown, request: Request) => Response | Promise<Response>
}

/**
 * A hook `handle` that gives each request its session, as `event.locals.session`, and stores it before the first byte of the response is
 * sent: after loads and actions, before streamed promises. Mounting the same sessions twice does no harm.
 *
 * @throws InvalidOptionError for an option that cannot work.
 *
 * @example
 * ```ts
 * // src/hooks.server.ts
 * export const handle = svelteKitSessions(sessions)
 * ```
 */
export function svelteKitSessions<Data extends object>(
  sessions: Sessions<Data>,
  options: SvelteKitSessionsOptions = {},
): KitHandle {
  checkFetchOptions(sessions, options, ['onError'])
  const { onError = printAndRespond, ...opening } = options
  return async ({ event, resolve }) => {
    const { request, locals } = event
    if (presentSession(sessions, request) !== undefined) return resolve(event)
    const fail = (error: unknown): Response | Promise<Response> => onError(error, request)
    const isDirect = (): boolean => isFromThisMachine(event)
    const opened = await openHeadSession(sessions, request, { isDirect, ...opening }).catch(asFailure)
    if (opened instanceof Failure) return fail(opened.error)
    Object.assign(locals, { session: opened.session })
    let response: Response
    try {
      response = await resolve(event)
    } catch (thrown) {
      const failure = await commitThrown(opened, event, thrown).catch(asFailure)
      if (failure instanceof Failure) return fail(failure.error)
      throw thrown
    }
    return opened.commit(response).catch(fail)
  }
}

class Failure {
  readonly error: unknown

  constructor(error: unknown) {
    this.error = error
  }
}

function asFailure(error: unknown): Failure {
  return new Failure(error)
}

function isFromThisMachine({ platform }: KitEvent): boolean {
  const { req } = Object(platform) as { readonly req?: IncomingMessage }
  return req?.socket !== undefined && isLocalClient(req)
}
