import { createServer } from 'node:http'
import type { AdapterHarness } from 'sessera/testing'
import { listen } from '../../support/listen.js'
import { requireFrom } from '../../support/packages.js'
import { fetchHandler } from './fetch-handler.js'
import { redirectTo } from './fetch-response.js'

type Listener = Parameters<typeof createServer>[1]
const { getRequestListener } = requireFrom('frameworks/fetch')('@hono/node-server') as {
  getRequestListener(fetch: (request: Request) => Promise<Response>): Listener
}

/** `sessera/fetch` on a server of Node, for the conformance suite. */
export const fetchHarness: AdapterHarness = {
  serve: (sessions, routes, mounts) => listen(createServer(getRequestListener(fetchHandler(sessions, routes, mounts)))),
  redirect: redirectTo,
}
