import { createServer, type IncomingMessage, type Server } from 'node:http'
import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import express, { type ErrorRequestHandler, type Express } from 'express'
import { createSessions, memoryStore, type SessionStore } from 'sessera'
import { expressSessions } from 'sessera/express'
import { session } from 'sessera/express-session'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startNginx, type Proxy } from '../../support/balancer/proxies.js'
import { listen } from '../../support/listen.js'

// nginx is told to ignore `Set-Cookie` and `Vary`, as guides advise; what keeps pages apart is `Cache-Control` alone.

const failed: ErrorRequestHandler = (error, _request, response, _next) => {
  response.status(error.status ?? 500).send('sorry, ada')
}

function nativeSite(app: Express): void {
  const inner = memoryStore()
  const replace: SessionStore['replace'] = () => Promise.reject(new Error('down'))
  app.use(expressSessions(createSessions({ store: { ...inner, replace }, cookie: { secure: false } })))
  app.get('/sign-in', (request, response) => {
    request.session.data['who'] = request.query['who']
    response.send('signed in')
  })
  app.get('/look-late', (request, response) => {
    response.write('<html>')
    response.end(`hello ${String(request.session.data['who'])}`)
  })
  app.get('/look-after-flush', (request, response) => {
    response.flushHeaders()
    response.end(`hello ${String(request.session.data['who'])}`)
  })
  app.get('/fail', (request, response) => {
    if (request.session.data['who'] === 'ada') request.session.data['seen'] = true
    response.send(`hello ${String(request.session.data['who'])}`)
  })
}

function dropInSite(app: Express, caching?: 'untouched'): void {
  app.use(
    session({
      secret: 'keyboard cat',
      resave: false,
      saveUninitialized: false,
      rolling: true,
      ...(caching && { caching }),
    }),
  )
  app.get('/sign-in', (request, response) => {
    Object.assign(request.session, { who: request.query['who'] })
    response.send('signed in')
  })
  const who = (given: object): unknown => (given as { who?: unknown }).who
  app.get('/look', (request, response) => response.send(`hello ${String(who(request.session))}`))
  app.get('/never-looks', (_request, response) => response.send('the same for everybody'))
  app.get('/look-late', (request, response) => {
    response.write('<html>')
    response.end(`hello ${String(who(request.session))}`)
  })
}

interface Page {
  readonly cache: unknown
  readonly body: string
  readonly cookies: readonly string[]
}

async function visiting(
  site: (app: Express) => void,
): Promise<{ ask(path: string, cookie?: string): Promise<Page>; stop(): Promise<void> }> {
  const app = express()
  app.set('env', 'test')
  site(app)
  app.use(failed)
  const server: Server = createServer(app)
  const { port } = await listen(server)
  const proxy: Proxy = await startNginx([port, port, port], { cache: true })
  return {
    ask: (path, cookie = '') =>
      new Promise((resolve, reject) => {
        const sent = request({ port: proxy.port, host: '127.0.0.1', path, headers: { cookie }, ca: proxy.certificate })
        sent.on('error', reject).on('response', (answer: IncomingMessage) => {
          const { 'x-cache': cache, 'set-cookie': cookies = [] } = answer.headers
          text(answer).then((body) => resolve({ cache, body, cookies }), reject)
        })
        sent.end()
      }),
    async stop() {
      await proxy.stop()
      server.closeAllConnections()
      server.close()
    },
  }
}

describe.each<[string, (app: Express) => void, readonly string[]]>([
  ['the native API', nativeSite, ['/look-late', '/look-after-flush', '/fail']],
  ['the drop-in', dropInSite, ['/look', '/look-late', '/never-looks']],
])('a cache that ignores cookies, before %s', (_api, site, paths) => {
  let place: Awaited<ReturnType<typeof visiting>>
  beforeAll(async () => (place = await visiting(site)))
  afterAll(() => place?.stop())

  it.each(paths)('CK-14: keeps no page of one visitor for another: %s', async (path) => {
    const { cookies } = await place.ask(`/sign-in?who=ada&for=${path}`)
    const ada = cookies[0]?.split(';')[0]
    const first = await place.ask(path, ada)
    const second = await place.ask(path)
    expect([first.cache, second.cache, second.cookies]).toEqual(['MISS', 'MISS', []])
    expect(second.body).not.toContain('ada')
  })
})

describe('a cache that ignores cookies, before the drop-in as it was', () => {
  let place: Awaited<ReturnType<typeof visiting>>
  beforeAll(async () => (place = await visiting((app) => dropInSite(app, 'untouched'))))
  afterAll(() => place?.stop())

  it('gives the cookie of one visitor to another', async () => {
    const { cookies } = await place.ask('/sign-in?who=ada')
    await place.ask('/never-looks', cookies[0]?.split(';')[0])
    const second = await place.ask('/never-looks')
    expect([second.cache, second.cookies.length]).toEqual(['HIT', 1])
  })
})
