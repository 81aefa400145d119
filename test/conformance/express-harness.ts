import { createServer } from 'node:http'
import { pipeline } from 'node:stream/promises'
import express, { type ErrorRequestHandler, type Response } from 'express'
import type { Sessions } from 'sessera'
import { expressSessions, sessionOf, type SessionMiddleware } from 'sessera/express'
import type { AdapterResponse, AdapterData, AdapterHarness } from 'sessera/testing'
import { listen } from '../support/listen.js'

/** What a mutant changes of a good adapter. */
export interface Sabotage {
  /** The sessions that are mounted, made from the good ones. */
  spoil?(sessions: Sessions<AdapterData>): Sessions<AdapterData>
  /** The middleware that is mounted. */
  mount?(sessions: Sessions<AdapterData>): SessionMiddleware
}

/** The adapter for Express, or a sabotaged one, for the conformance suite. */
export function expressHarness({
  spoil = (sessions) => sessions,
  mount = expressSessions,
}: Sabotage = {}): AdapterHarness {
  return {
    async serve(given, routes, mounts) {
      const sessions = spoil(given)
      const app = express()
      app.set('env', 'test') // Express prints errors otherwise
      for (let mounted = 0; mounted < mounts; mounted++) app.use(mount(sessions))
      for (const [path, route] of Object.entries(routes)) {
        app.all(path, async (request, response) => {
          await answer(response, await route(sessionOf(sessions, request)))
        })
      }
      app.use(answerRedirect)
      return listen(createServer(app))
    },
    redirect: (location) => new Redirect(location),
  }
}

/** As applications have it that redirect by an error. */
class Redirect extends Error {
  readonly location: string

  constructor(location: string) {
    super(`see ${location}`)
    this.location = location
  }
}

const answerRedirect: ErrorRequestHandler = (error, _request, response, next) =>
  error instanceof Redirect ? response.redirect(303, error.location) : next(error)

async function answer(response: Response, { status = 200, headers = {}, body }: AdapterResponse): Promise<void> {
  response.status(status)
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  if (typeof body === 'string') response.send(body)
  else if (body === undefined) response.end()
  // A client that leaves, or an answer that is dropped, ends the stream early.
  else await pipeline(body, response).catch(() => {})
}
