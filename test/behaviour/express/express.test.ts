import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { writeFile, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { connect, createServer as createHttp2Server } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express'
import { createSessions, memoryStore, SesseraError, type SessionStore } from 'sessera'
import { expressSessions, sessionOf } from 'sessera/express'
import { fakeClock, gate } from 'sessera/testing'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { recordUnhandledRejections } from '../../support/record-unhandled-rejections.js'
import { openBrowser, type Browser } from '../../../src/testing/browser.js'
import { listenInTest } from '../../support/listen-in-test.js'

type Data = { theme?: string; visits?: number }

const plain = { secure: false } as const

function makeSessions(store: SessionStore = memoryStore(), cookie: { secure?: boolean } = plain) {
  return createSessions<Data>({ store, cookie, deadline: '1m' })
}

async function visiting(prepare: (app: Express) => void): Promise<Browser> {
  const app = express()
  app.set('env', 'test')
  prepare(app)
  return openBrowser((await listenInTest(createServer(app))).origin)
}

/** A store whose inserts wait for a gate. */
function heldStore() {
  const store = memoryStore()
  const held = gate()
  const insert: SessionStore['insert'] = async (...call) => {
    await held.pass()
    return store.insert(...call)
  }
  return { store: { ...store, insert }, held }
}

function brokenStore(): SessionStore {
  return { ...memoryStore(), insert: () => Promise.reject(new Error('down')) }
}

const darken: RequestHandler = (request, _response, next) => {
  request.session.data['theme'] = 'dark'
  next()
}

async function fileWith(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sessera-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'file.txt')
  await writeFile(path, text)
  return path
}

describe('the Express adapter', () => {
  it('gives the session as request.session, and typed by its sessions as sessionOf', async () => {
    const sessions = makeSessions()
    const browser = await visiting((app) => {
      app.use(expressSessions(sessions))
      app.get('/', (request, response) => {
        const session = sessionOf(sessions, request)
        session.data.visits = (session.data.visits ?? 0) + 1
        response.json({ visits: session.data.visits, same: request.session === (session as unknown) })
      })
    })
    await browser.visit('/')
    expect(JSON.parse((await browser.visit('/')).body)).toEqual({ visits: 2, same: true })
  })

  it('says so where no session can be given because it was not mounted', async () => {
    const sessions = makeSessions()
    const browser = await visiting((app) => {
      app.get('/', (request, response) => response.json(sessionOf(sessions, request)))
      app.use(((error, _request, response, _next) =>
        response.status(500).send(error.message)) satisfies ErrorRequestHandler)
    })
    expect((await browser.visit('/')).body).toContain(
      'mount them before the route, as by app.use(expressSessions(sessions))',
    )
  })

  it.each([
    ['another session middleware', (request: object) => Object.assign(request, { session: {} })],
    ['other sessions', undefined],
  ])('does not take req.session away from %s', async (_what, occupy) => {
    const browser = await visiting((app) => {
      if (occupy === undefined) app.use(expressSessions(makeSessions()))
      else app.use((request, _response, next) => (occupy(request), next()))
      app.use(expressSessions(makeSessions()))
      app.get('/', (_request, response) => response.send('served'))
      app.use(((error, _request, response, _next) => {
        response.status(500).send(SesseraError.is(error) ? error.message : 'not ours')
      }) satisfies ErrorRequestHandler)
    })
    expect(await browser.visit('/')).toMatchObject({
      status: 500,
      body: expect.stringContaining('is already set, by another session middleware'),
    })
  })

  it('works in a router and in an application within an application', async () => {
    const sessions = makeSessions()
    const browser = await visiting((app) => {
      const inner = express()
      inner.use(expressSessions(sessions))
      const router = express.Router()
      router.get('/', darken, (_request, response) => response.redirect('/inner/router/look'))
      router.get('/look', (request, response) => response.json(request.session.data))
      inner.use('/router', router)
      app.use('/inner', inner)
    })
    expect(await browser.visit('/inner/router')).toMatchObject({ status: 302, setCookies: [expect.any(String)] })
    expect((await browser.visit('/inner/router/look')).body).toBe('{"theme":"dark"}')
  })

  describe('sends a file', () => {
    it.each([10, 3_000_000])('of %i bytes whole, after the session is stored', async (size) => {
      const path = await fileWith('x'.repeat(size))
      const { store, held } = heldStore()
      let stored = false
      const browser = await visiting((app) => {
        app.use(expressSessions(makeSessions(store)))
        app.get('/', darken, (_request, response) => response.sendFile(path))
        app.get('/other', (_request, response) => response.end())
      })
      const arrival = browser.arrive('/').then((arrived) => (expect(stored).toBe(true), arrived))
      await held.reached
      await browser.visit('/other')
      stored = true
      held.open()
      const { setCookies, rest } = await arrival
      expect(setCookies).toHaveLength(1)
      expect((await rest()).length).toBe(size)
    })

    it('not at all where the session cannot be stored', async () => {
      const path = await fileWith('secret'.repeat(100_000))
      const browser = await visiting((app) => {
        app.use(expressSessions(makeSessions(brokenStore())))
        app.get('/', darken, (_request, response) => response.sendFile(path))
      })
      const { status, headers, body } = await browser.visit('/')
      expect([status, headers['retry-after'], headers.etag, headers['last-modified']]).toEqual([
        503,
        '1',
        undefined,
        undefined,
      ])
      expect(body).not.toContain('secretsecret')
    })
  })

  it('lets server-sent events flow after their first byte', async () => {
    const [first, second] = [gate(), gate()]
    const browser = await visiting((app) => {
      app.use(expressSessions(makeSessions()))
      app.get('/', darken, async (_request, response) => {
        response.writeHead(200, { 'Content-Type': 'text/event-stream' })
        response.flushHeaders()
        await first.pass()
        response.write('data: 1\n\n')
        await second.pass()
        response.write('data: 2\n\n')
        response.end()
      })
    })
    const { headers, setCookies, next, rest } = await browser.arrive('/')
    expect(headers['content-type']).toBe('text/event-stream')
    expect(setCookies).toHaveLength(1)
    first.open()
    expect(await next()).toBe('data: 1\n\n')
    second.open()
    expect(await rest()).toBe('data: 2\n\n')
  })

  it('answers a conditional request with 304 and the cookie', async () => {
    const browser = await visiting((app) => {
      app.use(expressSessions(makeSessions()))
      app.get('/', darken, (_request, response) => response.set('ETag', '"1"').send('body'))
    })
    const answer = await browser.visit('/', { headers: { 'if-none-match': '"1"' } })
    expect(answer).toMatchObject({ status: 304, body: '', setCookies: [expect.any(String)] })
  })

  it('hands a failed commit to the error handler of the application, and the file or page is forgotten', async () => {
    const told: unknown[] = []
    const browser = await visiting((app) => {
      app.use(expressSessions(makeSessions(brokenStore())))
      app.get('/', darken, (_request, response) => response.redirect('/home'))
      app.use((async (error, _request, response, _next) => {
        told.push(error.code, error.status, response.headersSent)
        await Promise.resolve()
        response.status(error.status).set(error.headers).json({ error: error.code })
      }) satisfies ErrorRequestHandler)
    })
    const { status, headers, setCookies, body } = await browser.visit('/')
    expect({ status, setCookies, body }).toEqual({ status: 503, setCookies: [], body: '{"error":"STORE_UNAVAILABLE"}' })
    expect([headers.location, headers['retry-after']]).toEqual([undefined, '1'])
    expect(told).toEqual(['STORE_UNAVAILABLE', 503, false])
  })

  it('survives a handler that goes on, and calls next, after its commit failed', async () => {
    const goOn = gate()
    const over = gate()
    const unhandled = recordUnhandledRejections()
    const browser = await visiting((app) => {
      app.use(expressSessions(makeSessions(brokenStore())))
      app.get('/', darken, async (_request, response) => {
        response.write('first')
        await goOn.pass()
        response.write('late')
        response.end('late')
        void over.pass()
        response.setHeader('X-Late', 'throws, as in Node')
      })
      app.get('/other', (_request, response) => response.send('other'))
    })
    const answer = await browser.visit('/')
    expect(answer.status).toBe(503)
    expect(answer.body).not.toContain('late')
    goOn.open()
    await over.reached
    expect((await browser.visit('/other')).body).toBe('other')
    expect(unhandled).toEqual([])
  })

  it('stores the session of a client that left while its answer was held', async () => {
    const { store, held } = heldStore()
    const inserted = vi.spyOn(store, 'insert')
    const left = gate()
    const browser = await visiting((app) => {
      app.use(expressSessions(makeSessions(store)))
      app.get('/', darken, (_request, response) => {
        response.once('close', () => void left.pass())
        response.send('body')
      })
      app.get('/other', (_request, response) => response.send('other'))
    })
    const client = new AbortController()
    const answer = browser.visit('/', { signal: client.signal })
    await held.reached
    client.abort()
    await expect(answer).rejects.toThrow()
    await left.reached
    held.open()
    expect(await inserted.mock.results[0]?.value).toEqual(expect.any(String))
    expect((await browser.visit('/other')).body).toBe('other')
  })

  it('tells of changes that came after the response had begun', async () => {
    const told: unknown[] = []
    const note = (message: unknown): void => void told.push(message)
    subscribe('sessera:late-change', note)
    onTestFinished(() => void unsubscribe('sessera:late-change', note))
    const browser = await visiting((app) => {
      app.use(expressSessions(makeSessions()))
      app.get('/', darken, (request, response) => {
        response.write('body')
        request.session.data['theme'] = 'light'
        response.end()
      })
      app.get('/look', (request, response) => response.json(request.session.data))
    })
    await browser.visit('/')
    expect((await browser.visit('/look')).body).toBe('{"theme":"dark"}')
    await vi.waitFor(() => expect(told).toHaveLength(1))
  })

  describe('with a cookie that is Secure', () => {
    const secureApp = (app: Express): void => {
      app.use(expressSessions(makeSessions(memoryStore(), { secure: true })))
      app.get('/', darken, (_request, response) => response.send('body'))
    }

    it('sends it over HTTPS that ended at a proxy which Express trusts', async () => {
      const browser = await visiting((app) => (app.set('trust proxy', true), secureApp(app)))
      const { status, setCookies } = await browser.visit('/', { headers: { 'x-forwarded-proto': 'https' } })
      expect([status, setCookies]).toEqual([200, [expect.stringMatching(/^__Host-session=.*; Secure/)]])
    })

    it.each([
      ['a proxy that Express does not trust', { 'x-forwarded-proto': 'https' }],
      ['any proxy', { via: '1.1 proxy' }],
      ['any proxy that says who asked', { forwarded: 'for=1.2.3.4' }],
      ['another host', { host: 'shop.example' }],
    ])('fails over plain HTTP through %s', async (_what, headers) => {
      const browser = await visiting(secureApp)
      const { status, setCookies } = await browser.visit('/', { headers })
      expect([status, setCookies]).toEqual([500, []])
    })

    it('falls back to one that is not, while developing on this machine', async () => {
      const browser = await visiting(secureApp)
      const { status, setCookies } = await browser.visit('/')
      expect([status, setCookies]).toEqual([200, [expect.stringMatching(/^session=(?!.*Secure)/)]])
    })
  })

  it('is a middleware for HTTP/2 without Express too', async () => {
    const sessions = makeSessions(memoryStore(), { secure: true }) // so that the host counts
    const middleware = expressSessions(sessions)
    const server = createHttp2Server((request, response) => {
      middleware(request, response, () => {
        const { data } = sessionOf(sessions, request)
        data.visits = (data.visits ?? 0) + 1
        response.end(String(data.visits))
      })
    })
    const client = connect((await listenInTest(server)).origin)
    onTestFinished(() => client.close())
    const ask = (cookie: string) =>
      new Promise<{ body: string; setCookies: string[] }>((resolve) => {
        const stream = client.request({ ':path': '/', ...(cookie === '' ? {} : { cookie }) }).setEncoding('utf8')
        let setCookies: string[] = []
        stream.on('response', (headers) => (setCookies = headers['set-cookie'] ?? []))
        let body = ''
        stream.on('data', (chunk: string) => (body += chunk))
        stream.on('end', () => resolve({ body, setCookies }))
      })
    const first = await ask('')
    expect(first).toEqual({ body: '1', setCookies: [expect.stringMatching(/^session=/)] })
    expect(await ask(first.setCookies[0]?.split(';')[0] ?? '')).toEqual({ body: '2', setCookies: [] })
  })
})

describe('a page that polls by itself', () => {
  it('does not prolong the session, where the application says so', async () => {
    const clock = fakeClock()
    const sessions = createSessions<Data>({ store: memoryStore({ now: clock.now }), cookie: plain })
    const browser = await visiting((app) => {
      app.use(expressSessions(sessions, { renew: ({ url }) => url !== '/poll' }))
      app.post('/login', (request, response) => {
        request.session.signIn('ada')
        response.end()
      })
      app.use((request, response) => void response.send(request.session.userId ?? 'nobody'))
    })
    await browser.visit('/login', { method: 'POST' })
    const after = async (minutes: number, path: string): Promise<string> => {
      clock.advance(minutes * 60_000)
      return (await browser.visit(path)).body
    }
    expect([await after(20, '/poll'), await after(9, '/page'), await after(20, '/poll')]).toEqual(['ada', 'ada', 'ada'])
    expect([await after(9, '/poll'), await after(2, '/poll')]).toEqual(['ada', 'nobody'])
  })

  it('is told by true, false or a function, else the start fails', () => {
    for (const renew of ['no', 1, null, {}])
      expect(() => expressSessions(makeSessions(), { renew: renew as never })).toThrow('Option renew must be')
  })
})

describe('what does not pass in silence', () => {
  it('mounting something else than sessions throws at start', () => {
    for (const wrong of [undefined, {}, { store: memoryStore() }]) {
      expect(() => expressSessions(wrong as never)).toThrow('must be the result of createSessions()')
    }
  })

  it('replacing req.session, which is how one signs out elsewhere', async () => {
    const browser = await visiting((app) => {
      app.use(expressSessions(makeSessions()))
      app.get('/', (request) => {
        Object.assign(request, { session: null })
      })
      const answer: ErrorRequestHandler = (error: Error, _request, response, _next) => {
        response.status(500).send(error.message)
      }
      app.use(answer)
    })
    const answer = await browser.visit('/')
    expect(answer.status).toBe(500)
    expect(answer.body).toContain('call session.end()')
  })
})
