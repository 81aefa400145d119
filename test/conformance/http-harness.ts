import { createServer, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { httpSessions, type HttpSessionsOptions } from 'sessera/http'
import type { AdapterResponse, AdapterHarness } from 'sessera/testing'
import { listen } from '../support/listen.js'

// The cases make errors on purpose; the default would print them.
const onError: NonNullable<HttpSessionsOptions['onError']> = (error, _request, response) => {
  const { status = 500, headers } = error as { status?: number; headers?: Record<string, string> }
  if (response.headersSent) response.destroy()
  else response.writeHead(status, headers).end()
}

/** Plain `node:http`, for the conformance suite. */
export const httpHarness: AdapterHarness = {
  serve(sessions, routes, mounts) {
    let listener = httpSessions(
      sessions,
      async (request, response, session) => {
        const route = routes[request.url ?? '']
        if (route === undefined) response.writeHead(404).end()
        else await send(response, await route(session))
      },
      { onError },
    )
    for (let mounted = 1; mounted < mounts; mounted++) {
      const inner = listener
      listener = httpSessions(sessions, (request, response) => inner(request, response), { onError })
    }
    return listen(createServer(listener))
  },
}

async function send(response: ServerResponse, { status = 200, headers = {}, body }: AdapterResponse): Promise<void> {
  response.statusCode = status
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  if (body === undefined || typeof body === 'string') response.end(body)
  // A client that leaves, or an answer that is dropped, ends the stream early.
  else await pipeline(body, response).catch(() => {})
}
