import { createServer } from 'node:http'
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { honoSessions, type SessionEnvironment } from 'sessera/hono'
import type { AdapterData, AdapterHarness } from 'sessera/testing'
import { listen } from '../../support/listen.js'
import { requireFrom } from '../../support/packages.js'
import { fetchResponse, redirectTo } from './fetch-response.js'

type Listener = Parameters<typeof createServer>[1]
const { getRequestListener } = requireFrom('frameworks/fetch')('@hono/node-server') as {
  getRequestListener(fetch: Hono<SessionEnvironment<AdapterData>>['fetch']): Listener
}

/** `sessera/hono` on a server of Node, for the conformance suite. */
export const honoHarness: AdapterHarness = {
  serve(sessions, routes, mounts) {
    const app = new Hono<SessionEnvironment<AdapterData>>()
    app.onError((error) => {
      if ('getResponse' in error && typeof error.getResponse === 'function') return error.getResponse()
      return new Response(null, { status: (error as { status?: number }).status ?? 500 })
    })
    for (let mounted = 0; mounted < mounts; mounted++) app.use(honoSessions(sessions))
    for (const [path, route] of Object.entries(routes)) {
      app.all(path, async (context) => fetchResponse(await route(context.var.session)))
    }
    return listen(createServer(getRequestListener(app.fetch)))
  },
  redirect: (location) => new HTTPException(303, { res: redirectTo(location) }),
}
