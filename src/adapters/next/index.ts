import type { Session } from '../../core/request/session.js'
import type { Sessions } from '../../core/sessions.js'
import { fetchSessions, type FetchHandler, type FetchHandlerOptions } from '../fetch.js'
import { openHeadSession } from '../fetch/fetch-session.js'
import { commitWithCookies } from './commit.js'
import { asFetchRequest, currentRequests, type CurrentRequest } from './current-request.js'
import { respondToThrown, thrownStatus } from './thrown.js'

export type { FetchHandlerOptions }
export type { FetchGuardOptions } from '../fetch/guard.js'
export { requireRecentSignIn, requireUser, returnPath, type NextGuard } from './guards.js'

/** What `nextSessions` makes. */
export interface NextSessions<Data extends object> {
  /**
   * The session of the request: of the Route Handler or Server Function that is wrapped, else the one of all Server Components. Theirs cannot set
   * a cookie: `signIn`, `end`, `rotate`, and the first update of a new visitor throw `CookieNotSettableError`. Its data changes by
   * `await session.update(…)`, which stores at once; every other change throws. Reading renews it. The page is rendered for each request.
   */
  getSession(this: void): Promise<Session<Data>>
  /**
   * A Route Handler with a session, which is stored before the first byte of the response is sent. What `redirect()`, `notFound()` and their like
   * throw stores it, too, as a response with their status does.
   */
  withSession<Asked extends Request, Rest extends unknown[]>(
    this: void,
    handler: (request: Asked, session: Session<Data>, ...rest: Rest) => ReturnType<FetchHandler<Data>>,
  ): (request: Asked, ...rest: Rest) => Promise<Response>
  /**
   * A Server Function with a session, which is stored before it returns or throws, a redirect for example. If it throws an error, a sign-in is discarded,
   * as with a response of status 500. Rejects if something could not be stored.
   */
  sessionAction<Given extends unknown[], Result>(
    this: void,
    act: (session: Session<Data>, ...given: Given) => Result | Promise<Result>,
  ): (...given: Given) => Promise<Result>
}

/**
 * Sessions for Next's App Router: in Server Components, Route Handlers and Server Functions.
 *
 * The option `onError` is for Route Handlers. Server Components and Server Functions throw what fails. What options are given as a request has no path
 * there.
 *
 * @throws InvalidOptionError for an option that cannot work.
 *
 * @example
 * ```ts
 * // lib/session.ts
 * export const { getSession, withSession, sessionAction } = nextSessions(sessions)
 * ```
 */
export function nextSessions<Data extends object>(
  sessions: Sessions<Data>,
  options: FetchHandlerOptions = {},
): NextSessions<Data> {
  type Respond = (session: Session<Data>) => Promise<Response>
  const handle = fetchSessions<Data, [Respond]>(sessions, (_request, session, respond) => respond(session), options)
  const { onError: _, ...opening } = options
  const currentRequest = currentRequests<Data>()

  async function render(request: CurrentRequest<Data>): Promise<Session<Data>> {
    const opened = await openHeadSession(sessions, await asFetchRequest(request, 'GET'), opening, false)
    // Nothing waits for a page, so this renews the session and leaves the rest to `update`.
    await opened.commitHead(200, {}, true)
    return opened.session
  }

  return {
    async getSession() {
      const request = await currentRequest()
      return request.running ?? (request.rendered ??= render(request))
    },

    withSession:
      (handler) =>
      async (asked, ...rest) => {
        const request = await currentRequest()
        return handle(asked, async (session) => {
          request.running = session
          return (async () => handler(asked, session, ...rest))().catch(respondToThrown)
        })
      },

    sessionAction:
      (act) =>
      async (...given) => {
        const request = await currentRequest()
        if (request.running !== undefined) return await act(request.running, ...given)
        const opened = await openHeadSession(sessions, await asFetchRequest(request, 'POST'), opening)
        request.running = opened.session
        try {
          const acting = (async () => await act(opened.session, ...given))()
          await commitWithCookies(opened, await acting.then(() => 200, thrownStatus))
          return await acting
        } finally {
          // The page that is rendered next is another part of the same request.
          request.running = undefined
        }
      },
  }
}
