import express, { type Express, type Request, type RequestHandler } from 'express'
import type { Place } from './serve.js'

export type Data = Record<string, unknown>

/** What the shop asks of a session library. */
export interface ShopSession {
  readonly userId: string | undefined
  readonly data: Data
  signIn(userId: string): Promise<void> | void
  end(): Promise<void> | void
  /** Reads, changes and writes: as exactly as the library can. */
  update(change: (data: Data) => void): Promise<void>
  /** Stores now, by hand, what was changed. */
  save(): Promise<void>
}

export interface SessionLibrary {
  readonly middleware: RequestHandler
  sessionOf(request: Request): ShopSession
  close(): Promise<void>
}

interface ShopPlace extends Place {
  readonly name: string
  readonly library: SessionLibrary
}

/** The application on each backend. Everything stands in the query, so that no body needs to be read. */
export function createShop({ name, library: { middleware, sessionOf }, drain, hold }: ShopPlace): Express {
  const app = express()
  app.set('env', 'test') // Express prints errors otherwise
  app.set('trust proxy', 'loopback')
  app.use((_request, response, next) => {
    response.set('x-backend', name)
    next()
  })
  app.get('/healthz', drain.health)
  app.get('/page', (_request, response) => {
    response.set('Cache-Control', 'public, max-age=60').send('the same for all')
  })
  app.use(middleware)

  const tellWho: RequestHandler = (request, response) => {
    const { userId, data } = sessionOf(request)
    const { ip, hostname, secure } = request
    response.json({ userId: userId ?? null, data, client: { ip, hostname, secure } })
  }
  app.get('/me', tellWho)
  app.get('/welcome', (request, response) => {
    sessionOf(request).data['welcomed'] = true
    response.send('welcome')
  })
  app.post('/sign-in', async (request, response) => {
    const session = sessionOf(request)
    await session.signIn(read(request, 'user'))
    if ('save' in request.query) await session.save()
    response.redirect('/me')
  })
  app.post('/sign-out', async (request, response) => {
    await sessionOf(request).end()
    response.sendStatus(204)
  })
  app.post('/keep', async (request, response) => {
    const session = sessionOf(request)
    session.data[read(request, 'key')] = read(request, 'value')
    if ('save' in request.query) await session.save()
    response.redirect('/me')
  })
  app.post('/slow', async (request, response) => {
    const { data } = sessionOf(request)
    const gate = read(request, 'gate')
    await hold(gate)
    data[gate] = 'yes'
    response.sendStatus(204)
  })

  // Three ways to write, of which many arrive at once.
  app.post('/prepare', (request, response) => {
    for (const page of read(request, 'pages').split(',')) sessionOf(request).data[page] = { marks: { seen: [] } }
    response.sendStatus(204)
  })
  app.post('/deep', (request, response) => {
    const page = sessionOf(request).data[read(request, 'page')] as { marks: { seen: string[] } }
    page.marks.seen.push('yes')
    response.sendStatus(204)
  })
  const count: RequestHandler = async (request, _response, next) => {
    await sessionOf(request).update((data) => {
      data['count'] = Number(data['count'] ?? 0) + 1
    })
    next()
  }
  app.post('/count', count, tellWho)
  app.post('/buy', async (request, response) => {
    const session = sessionOf(request)
    if (session.userId === undefined) return void response.sendStatus(401)
    await session.update((data) => {
      data['bought'] = [...((data['bought'] ?? []) as string[]), read(request, 'item')]
    })
    response.sendStatus(204)
  })
  return app
}

function read(request: Request, name: string): string {
  const value = request.query[name]
  if (typeof value !== 'string') throw new Error(`The query lacks ${name}.`)
  return value
}
