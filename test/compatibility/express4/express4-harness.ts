import { createServer, type RequestListener } from 'node:http'
import { pipeline } from 'node:stream/promises'
import type { Express, Response } from 'express'
import { expressSessions, sessionOf } from 'sessera/express'
import type { AdapterResponse, AdapterHarness } from 'sessera/testing'
import { listen } from '../../support/listen.js'

/** Makes an application: the function that `express` exports, of either version. */
export type MakeApplication = () => Express

/** Express 4 or 5, with the same middleware, for the conformance suite. */
export function harnessOf(express: MakeApplication): AdapterHarness {
  return {
    serve(sessions, routes, mounts) {
      const app = express()
      app.set('env', 'test') // Express prints errors otherwise
      for (let mounted = 0; mounted < mounts; mounted++) app.use(expressSessions(sessions))
      for (const [path, route] of Object.entries(routes)) {
        // Express 4 does not look at what a handler returns: a rejection is handed on by hand.
        app.all(path, (request, response, next) => {
          const answering = async (): Promise<void> => send(response, await route(sessionOf(sessions, request)))
          answering().catch(next)
        })
      }
      return listen(createServer(app as RequestListener))
    },
  }
}

async function send(response: Response, { status = 200, headers = {}, body }: AdapterResponse): Promise<void> {
  response.status(status)
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  if (typeof body === 'string') response.send(body)
  else if (body === undefined) response.end()
  // A client that leaves, or an answer that is dropped, ends the stream early.
  else await pipeline(body, response).catch(() => {})
}
