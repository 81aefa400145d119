import { createServer, type RequestListener } from 'node:http'
import { H3, toNodeHandler, type H3Config } from 'h3'
import { h3Sessions } from 'sessera/h3'
import type { AdapterHarness } from 'sessera/testing'
import { listen } from '../../support/listen.js'
import { fetchResponse } from './fetch-response.js'

/** On the server of Node. */
export function listenWithH3(app: H3): ReturnType<typeof listen> {
  return listen(createServer(toNodeHandler(app) as RequestListener))
}

/** An application whose errors are not printed: the tests make them on purpose. */
export function silentH3(config: H3Config = {}): H3 {
  return new H3({ silent: true, ...config })
}

/** `sessera/h3` on a server of Node, for the conformance suite. */
export const h3Harness: AdapterHarness = {
  serve(sessions, routes, mounts) {
    const app = silentH3()
    for (let mounted = 0; mounted < mounts; mounted++) app.use(h3Sessions(sessions))
    for (const [path, route] of Object.entries(routes)) {
      app.all(path, async ({ context }) => fetchResponse(await route(context.session)))
    }
    return listenWithH3(app)
  },
}
