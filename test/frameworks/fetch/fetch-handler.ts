import type { Sessions } from 'sessera'
import { fetchSessions, type FetchHandler } from 'sessera/fetch'
import type { AdapterData, AdapterRoutes } from 'sessera/testing'
import { fetchResponse } from './fetch-response.js'

// The cases make errors on purpose; the default would print them.
function onError(error: unknown): Response {
  const { status = 500, headers = {} } = error as { status?: number; headers?: Record<string, string> }
  return new Response(null, { status, headers: { 'Cache-Control': 'private', Vary: 'Cookie', ...headers } })
}

/** The routes of the suite, with `sessera/fetch` around them. */
export function fetchHandler(
  sessions: Sessions<AdapterData>,
  routes: AdapterRoutes,
  mounts: number,
): (request: Request) => Promise<Response> {
  const route: FetchHandler<AdapterData> = async (request, session) => {
    const found = routes[new URL(request.url).pathname]
    return found === undefined ? new Response(null, { status: 404 }) : fetchResponse(await found(session))
  }
  let handle = fetchSessions(sessions, route, { onError })
  for (let mounted = 1; mounted < mounts; mounted++) {
    const inner = handle
    handle = fetchSessions(sessions, (request) => inner(request), { onError })
  }
  return handle
}
