import type { Session } from '../core/request/session.js'
import type { Sessions } from '../core/sessions.js'
import { checkFetchOptions, openFetchSession, presentSession, type FetchSessionOptions } from './fetch/fetch-session.js'
import { printAndRespond } from './fetch/error-response.js'

export { openFetchSession as openSession, type FetchSession, type FetchSessionOptions } from './fetch/fetch-session.js'
export { returnPath } from './fetch/guard.js'

/** Responds to a request with its session. `rest` is what the host passes besides the request. */
export type FetchHandler<Data extends object, Rest extends unknown[] = unknown[]> = (
  request: Request,
  session: Session<Data>,
  ...rest: Rest
) => Response | Promise<Response>

/** Options of `fetchSessions`. */
export interface FetchHandlerOptions extends FetchSessionOptions {
  /**
   * Responds to errors of the handler, and to sessions that could not be read or stored. Nothing of the handler's own response was sent
   * then. Default: the error's `status` and `headers`, or 500; errors of 500 and above are printed.
   */
  readonly onError?: (error: unknown, request: Request) => Response | Promise<Response>
}

/**
 * A handler as `Bun.serve`, `Deno.serve`, workers and many frameworks want it, from one that also gets the session of the request. The
 * session is stored before the first byte of the response is sent. A `Response` that the handler throws is sent, too.
 *
 * Around a handler of the same sessions it does no harm: the inner one leaves all to the outer one.
 *
 * @throws InvalidOptionError for an option that cannot work.
 *
 * @example
 * ```ts
 * export default {
 *   fetch: fetchSessions(sessions, (request, session) => Response.json(session.data.cart ?? [])),
 * }
 * ```
 */
export function fetchSessions<Data extends object, Rest extends unknown[] = unknown[]>(
  sessions: Sessions<Data>,
  handler: FetchHandler<Data, Rest>,
  options: FetchHandlerOptions = {},
): (request: Request, ...rest: Rest) => Promise<Response> {
  checkFetchOptions(sessions, options, ['onError'])
  const { onError = printAndRespond, ...opening } = options

  return async (request, ...rest) => {
    const fail = async (error: unknown): Promise<Response> => onError(error, request)
    const outer = presentSession(sessions, request)
    if (outer !== undefined) return handler(request, outer.session, ...rest)
    try {
      const { session, commit } = await openFetchSession(sessions, request, opening)
      const respond = async (): Promise<Response> => handler(request, session, ...rest)
      return await commit(await respond().catch((error: unknown) => (error instanceof Response ? error : fail(error))))
    } catch (error) {
      return fail(error)
    }
  }
}
