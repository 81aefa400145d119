import express, { type Express, type Request, type RequestHandler, type Response } from 'express'
import { gate, type Gate } from 'sessera/testing'
import type { Api, Visit } from './api.js'

/** What the answers say. */
export interface Body {
  readonly user?: string
  readonly elements?: readonly string[]
}

/** The application on each backend. Everything stands in the query; what comes as a body is read, and of no interest. */
export function createSite({ middleware, visit }: Api): Express {
  const gates = new Map<string, Gate>()
  const app = express()
  app.set('env', 'test') // Express prints errors otherwise
  app.set('trust proxy', 'loopback')

  // Before the sessions: these must work while Redis does not.
  app.get('/arrived', async (request, response) => {
    await gateOf(gates, textOf(request, 'gate')).reached
    response.json({})
  })
  app.post('/open', (request, response) => {
    gateOf(gates, textOf(request, 'gate')).open()
    response.json({})
  })

  app.use(middleware)
  app.post('/sign-in', async (request, response) => {
    const user = textOf(request, 'user')
    await visit(request).signIn(user, 'simply' in request.query)
    response.json({ user } satisfies Body)
  })
  const forUsers = (handle: (found: Visit, request: Request, response: Response) => unknown): RequestHandler =>
    async function answer(request, response) {
      const found = visit(request)
      if (found.user === undefined) return void response.status(401).json({})
      await handle(found, request, response)
    }
  app.get(
    '/read',
    forUsers((found, _request, response) => {
      response.json({ user: found.user!, elements: found.elements() } satisfies Body)
    }),
  )
  app.post(
    '/add',
    forUsers(async (found, request, response) => {
      const { user } = found
      if (typeof request.query['gate'] === 'string') await gateOf(gates, request.query['gate']).pass()
      for await (const _ of request);
      const value = 'x'.repeat(Number(request.query['bytes'] ?? 1))
      await found.add(textOf(request, 'element'), value, 'exactly' in request.query)
      response.json({ user: user! } satisfies Body)
    }),
  )
  app.post(
    '/rotate',
    forUsers(async (found, _request, response) => {
      const { user } = found
      await found.rotate()
      response.json({ user: user! } satisfies Body)
    }),
  )
  app.post(
    '/sign-out',
    forUsers(async (found, _request, response) => {
      await found.signOut()
      response.json({} satisfies Body)
    }),
  )
  return app
}

function gateOf(gates: Map<string, Gate>, name: string): Gate {
  const found = gates.get(name) ?? gate()
  gates.set(name, found)
  return found
}

function textOf(request: Request, name: string): string {
  const value = request.query[name]
  if (typeof value !== 'string') throw new Error(`The query lacks ${name}.`)
  return value
}
