import { PassThrough, Readable } from 'node:stream'
import { fastify, type FastifyInstance, type FastifyPluginCallback, type FastifyServerOptions } from 'fastify'
import { createSessions, memoryStore, type SessionStore } from 'sessera'
import { fastifySessions, sessionOf } from 'sessera/fastify'
import { gate } from 'sessera/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openBrowser, type Browser } from '../../../src/testing/browser.js'
import { hasPackages, requireFrom } from '../../support/packages.js'

// Before the tests: an installation may take longer than one of them may.
const hasCookiePlugin = await hasPackages('frameworks')

const plain = { secure: false } as const

function makeSessions(store: SessionStore = memoryStore()) {
  return createSessions({ store, cookie: plain, deadline: '1m' })
}

function brokenStore(): SessionStore {
  return { ...memoryStore(), insert: () => Promise.reject(new Error('down')) }
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

interface Logged {
  readonly level: number
  readonly msg: string
  readonly err?: { readonly code?: string }
}

/** An application that is closed after the test, and what it logs as an error. */
function makeApplication(options: FastifyServerOptions = {}) {
  const logged: Logged[] = []
  const stream = { write: (line: string) => void logged.push(JSON.parse(line) as Logged) }
  const app = fastify({ forceCloseConnections: true, logger: { level: 'warn', stream }, ...options })
  onTestFinished(() => void app.close())
  return { app, logged }
}

async function visiting(prepare: (app: FastifyInstance) => unknown, options?: FastifyServerOptions) {
  const { app, logged } = makeApplication(options)
  await prepare(app)
  return { browser: openBrowser(await app.listen({ host: '127.0.0.1', port: 0 })), app, logged }
}

/** Changes the session of each request but those to /look and /other. */
function darkening(app: FastifyInstance): void {
  app.addHook('preHandler', async ({ url, session }) => {
    if (!['/look', '/other'].includes(url)) session.data['theme'] = 'dark'
  })
  app.get('/look', (request) => request.session.data)
  app.get('/other', async () => 'other')
}

const look = async (browser: Browser): Promise<unknown> => JSON.parse((await browser.visit('/look')).body)

type Route = (app: FastifyInstance) => void

/** Ways to respond at /, each with the body `ab`. */
const repliesOfFastify: readonly [string, Route][] = [
  ['a string', (app) => app.get('/', async () => 'ab')],
  ['reply.send', (app) => app.get('/', (_request, reply) => void reply.send('ab'))],
  ['a stream', (app) => app.get('/', async () => Readable.from(['a', 'b']))],
  ['a web stream', (app) => app.get('/', async () => new Blob(['ab']).stream())],
  ['a Response', (app) => app.get('/', async () => new Response('ab', { headers: { 'X-Own': 'yes' } }))],
]
const replies: readonly [string, Route][] = [
  ...repliesOfFastify,
  ['a 404', (app) => app.setNotFoundHandler((_request, reply) => reply.code(200).send('ab'))],
  [
    'an error handler',
    (app) => {
      app.setErrorHandler(async (_error, _request, reply) => reply.code(200).send('ab'))
      app.get('/', async () => {
        throw new Error('no')
      })
    },
  ],
]

const bypasses: readonly [string, Route][] = [
  [
    'reply.raw after reply.hijack()',
    (app) =>
      app.get('/', (_request, reply) => {
        reply.hijack()
        reply.raw.writeHead(200, { 'X-Own': 'yes' })
        reply.raw.write('a')
        reply.raw.end('b')
      }),
  ],
  [
    'reply.raw, later',
    (app) =>
      app.get('/', (_request, reply) => {
        reply.hijack()
        setImmediate(() => reply.raw.end('ab'))
      }),
  ],
]
const rawReplies: readonly [string, Route][] = [
  [
    'reply.raw.end',
    (app) =>
      app.get('/', (_request, reply) => {
        reply.raw.setHeader('X-Own', 'yes')
        reply.raw.end('ab')
      }),
  ],
  [
    'reply.raw.write in an async handler',
    (app) =>
      app.get('/', async (_request, reply) => {
        reply.raw.writeHead(200, { 'X-Own': 'yes' })
        reply.raw.write('a')
        reply.raw.end('b')
      }),
  ],
]

describe('the adapter for Fastify', () => {
  it('gives the session as request.session, and typed by its sessions as sessionOf', async () => {
    const sessions = createSessions<{ visits: number }>({ cookie: plain })
    const { browser } = await visiting(async (app) => {
      await app.register(fastifySessions, { sessions })
      app.get('/look', async (request) => {
        const session = sessionOf(sessions, request)
        session.data.visits = (session.data.visits ?? 0) + 1
        const same = [request.session, sessionOf(sessions, request.raw)].every(
          (other) => other === (session as unknown),
        )
        return { visits: session.data.visits, same }
      })
    })
    await browser.visit('/look')
    expect(await look(browser)).toEqual({ visits: 2, same: true })
  })

  it('does not let request.session be replaced', async () => {
    const { browser } = await visiting(async (app) => {
      await app.register(fastifySessions, { sessions: makeSessions() })
      app.get('/', async (request) => Object.assign(request, { session: null }) && 'replaced')
    })
    const { status, body } = await browser.visit('/')
    expect([status, JSON.parse(body)]).toEqual([500, expect.objectContaining({ code: 'INVALID_ARGUMENT' })])
  })

  it('holds for the instance that registers it, for all within it, and for nothing else', async () => {
    const sessions = makeSessions()
    const { browser } = await visiting(async (app) => {
      await app.register(async (area) => {
        await area.register(fastifySessions, { sessions })
        area.get('/inside', async ({ session }) => String((session.data['visits'] = 1)))
        await area.register(async (inner) => {
          await inner.register(fastifySessions, { sessions })
          inner.get('/deep', async ({ session }) => session.data)
        })
      })
      app.get('/outside', async (request) => String(Reflect.has(request, 'session')))
    })
    expect((await browser.visit('/inside')).setCookies).toHaveLength(1)
    expect((await browser.visit('/deep')).body).toBe('{"visits":1}')
    expect((await browser.visit('/outside')).body).toBe('false')
  })

  it('does not take request.session away from other sessions', async () => {
    const { browser } = await visiting(async (app) => {
      await app.register(fastifySessions, { sessions: makeSessions() })
      await app.register(fastifySessions, { sessions: makeSessions() })
    })
    const { status, body } = await browser.visit('/')
    expect([status, body]).toEqual([500, expect.stringContaining('by another session middleware')])
  })

  it.each<[string, (app: FastifyInstance) => Promise<unknown>]>([
    [
      'is not registered beside another plugin for sessions',
      async (app) =>
        app.decorateRequest('session', null as never).register(fastifySessions, { sessions: makeSessions() }),
    ],
    ['refuses a missing option', async (app) => app.register(fastifySessions, {} as never)],
    ['refuses a store', async (app) => app.register(fastifySessions, { sessions: memoryStore() as never })],
    [
      'refuses an option that it does not have',
      async (app) => app.register(fastifySessions, { sessions: makeSessions(), prefix: '/a' } as never),
    ],
  ])('%s', async (_what, register) => {
    const code = /^(INVALID_OPTION|FST_ERR_DEC_ALREADY_PRESENT)$/
    await expect(register(makeApplication().app)).rejects.toMatchObject({ code: expect.stringMatching(code) })
  })

  it.skipIf(!hasCookiePlugin)('adds its cookie to those of the application', async () => {
    const { browser } = await visiting(async (app) => {
      await app.register(requireFrom('frameworks')('@fastify/cookie') as FastifyPluginCallback)
      await app.register(fastifySessions, { sessions: makeSessions() })
      darkening(app)
      app.get('/', (_request, reply) => {
        const { setCookie } = reply as unknown as { setCookie(name: string, value: string): void }
        setCookie.call(reply, 'theme', 'dark')
        return reply.redirect('/there')
      })
    })
    expect((await browser.visit('/')).status).toBe(302)
    expect([...browser.jar.keys()].toSorted()).toEqual(['session', 'theme'])
  })

  it('asks renew about the request', async () => {
    const asked: string[] = []
    const { browser } = await visiting(async (app) => {
      const renew = ({ url }: { url: string }): boolean => asked.push(url) < 0
      await app.register(fastifySessions, { sessions: makeSessions(), renew })
      darkening(app)
    })
    await browser.visit('/look')
    expect(asked).toEqual(['/look'])
  })

  describe('behind a proxy that ends HTTPS', () => {
    const https = { headers: { 'x-forwarded-proto': 'https' } }
    const secured = async (app: FastifyInstance): Promise<void> => {
      await app.register(fastifySessions, { sessions: createSessions() })
      darkening(app)
      app.get('/', async () => 'ab')
    }

    it('sends the Secure cookie where trustProxy is set', async () => {
      const { browser } = await visiting(secured, { trustProxy: true })
      const { status, setCookies } = await browser.visit('/', https)
      expect([status, setCookies]).toEqual([200, [expect.stringMatching(/^__Host-session=.*Secure/)]])
    })

    it('sends none where it is not', async () => {
      const { browser } = await visiting(secured)
      const { status, setCookies, body } = await browser.visit('/', https)
      expect([status, setCookies, body]).toEqual([500, [], expect.stringContaining('INSECURE_REQUEST')])
    })
  })

  it.each([...replies, ...bypasses, ...rawReplies])(
    'stores the session before a byte is sent of %s',
    async (_way, route) => {
      const { store, held } = heldStore()
      let stored = false
      const { browser } = await visiting(async (app) => {
        await app.register(fastifySessions, { sessions: makeSessions(store) })
        darkening(app)
        route(app)
      })
      const arrival = browser.arrive('/').then((arrived) => (expect(stored).toBe(true), arrived))
      await held.reached
      await browser.visit('/other')
      stored = true
      held.open()
      const { status, setCookies, rest } = await arrival
      expect([status, setCookies]).toEqual([200, [expect.any(String)]])
      expect(await rest()).toBe('ab')
      expect(await look(browser)).toEqual({ theme: 'dark' })
    },
  )

  it('discards a sign-in that ends in a Response with an error', async () => {
    const { browser } = await visiting(async (app) => {
      await app.register(fastifySessions, { sessions: makeSessions() })
      app.get('/', async ({ session }) => (session.signIn('ada'), new Response('no', { status: 403 })))
    })
    expect(await browser.visit('/')).toMatchObject({ status: 403, setCookies: [] })
  })

  it('stores what was changed before an error, and the 404 of Fastify itself', async () => {
    const { browser } = await visiting(async (app) => {
      await app.register(fastifySessions, { sessions: makeSessions() })
      darkening(app)
      app.get('/', async () => {
        throw Object.assign(new Error('teapot'), { statusCode: 418 })
      })
    })
    for (const [path, status] of [
      ['/', 418],
      ['/nowhere', 404],
    ] as const) {
      browser.jar.clear()
      expect(await browser.visit(path)).toMatchObject({ status, setCookies: [expect.any(String)] })
      expect(await look(browser)).toEqual({ theme: 'dark' })
    }
  })

  describe('where the session cannot be stored', () => {
    const breaking = async (app: FastifyInstance): Promise<void> => {
      await app.register(fastifySessions, { sessions: makeSessions(brokenStore()) })
      darkening(app)
    }

    it.each([...repliesOfFastify, ...rawReplies])(
      'has Fastify respond with the error instead of %s',
      async (_way, route) => {
        const { browser, logged } = await visiting(async (app) => {
          await breaking(app)
          route(app)
        })
        const { status, headers, setCookies, body } = await browser.visit('/')
        expect({ status, setCookies, body: JSON.parse(body) }).toEqual({
          status: 503,
          setCookies: [],
          body: expect.objectContaining({ code: 'STORE_UNAVAILABLE' }),
        })
        expect(headers).toMatchObject({ 'retry-after': expect.stringMatching(/^\d+$/), 'cache-control': 'private' })
        expect(logged.map(({ err }) => err?.code)).toEqual(['STORE_UNAVAILABLE'])
      },
    )

    it.each([...repliesOfFastify, ...rawReplies])(
      'gives the error to the error handler, with nothing of %s',
      async (_way, route) => {
        const { browser } = await visiting(async (app) => {
          await breaking(app)
          app.setErrorHandler(async (error: { code?: string }, _request, reply) => {
            await new Promise(setImmediate)
            return reply.send({ mine: error.code })
          })
          app.addHook('onSend', async (_request, reply) => void reply.header('X-Request', '7'))
          route(app)
        })
        const { status, setCookies, body } = await browser.visit('/')
        expect({ status, setCookies, body }).toEqual({
          status: 503,
          setCookies: [],
          body: '{"mine":"STORE_UNAVAILABLE"}',
        })
      },
    )

    it('keeps headers that suit every response, and none of a redirect', async () => {
      const { browser } = await visiting(async (app) => {
        await breaking(app)
        app.get('/', (_request, reply) => reply.header('X-Request', '7').header('ETag', '"1"').redirect('/there'))
      })
      const { status, headers } = await browser.visit('/')
      expect([status, headers['x-request'], headers.location, headers.etag]).toEqual([503, '7', undefined, undefined])
    })

    it('closes the stream that would have been sent', async () => {
      const source = new PassThrough()
      const { browser } = await visiting(async (app) => {
        await breaking(app)
        app.get('/', async () => source)
      })
      expect((await browser.visit('/')).status).toBe(503)
      expect(source.destroyed).toBe(true)
    })

    it.each(bypasses)('logs the error and sends its status instead of %s', async (_way, route) => {
      const { browser, logged } = await visiting(async (app) => {
        await breaking(app)
        route(app)
      })
      const { status, headers, setCookies, body } = await browser.visit('/')
      expect({ status, setCookies, body }).toEqual({ status: 503, setCookies: [], body: 'Service Unavailable' })
      expect(headers['retry-after']).toMatch(/^\d+$/)
      expect(logged.map(({ err }) => err?.code)).toEqual(['STORE_UNAVAILABLE'])
    })
  })

  it('gives the error to the error handler where the session cannot be loaded', async () => {
    const store = memoryStore()
    let isDown = false
    const load: SessionStore['load'] = async (handle) => {
      if (isDown) throw new Error('down')
      return store.load(handle)
    }
    const sessions = makeSessions({ ...store, load })
    const { browser } = await visiting(async (app) => {
      app.setErrorHandler(async (error: { code?: string }, _request, reply) => reply.code(503).send(error.code))
      await app.register(fastifySessions, { sessions, onOutage: 'anonymous' })
      darkening(app)
      app.get('/change', async () => 'changed')
      await app.register(async (area) => {
        await area.register(fastifySessions, { sessions })
        area.get('/needed', async () => 'served')
      })
    })
    await browser.visit('/change')
    isDown = true
    expect(await browser.visit('/needed')).toMatchObject({ status: 503, body: 'STORE_UNAVAILABLE' })
    expect(await look(browser)).toEqual({})
  })

  it('works within app.inject(), also while a request is served', async () => {
    const { app, browser } = await visiting(async (instance) => {
      await instance.register(fastifySessions, { sessions: makeSessions() })
      darkening(instance)
      instance.get('/', async () => 'ab')
      instance.get('/stream', async () => Readable.from(['a', 'b']))
      instance.get('/raw', (_request, reply) => void reply.hijack().raw.end('ab'))
      instance.get('/within', async ({ headers, session }) => {
        session.data['visits'] = 1
        const { cookie = '' } = headers
        return (await instance.inject({ url: '/look', headers: { cookie } })).json<object>()
      })
    })
    for (const url of ['/', '/stream', '/raw']) {
      const { statusCode, body, cookies } = await app.inject(url)
      expect([statusCode, body, cookies]).toEqual([200, 'ab', [expect.objectContaining({ name: 'session' })]])
      const [{ name, value }] = cookies as [{ name: string; value: string }]
      expect((await app.inject({ url: '/look', cookies: { [name]: value } })).json()).toEqual({ theme: 'dark' })
    }
    await browser.visit('/')
    expect((await browser.visit('/within')).body).toBe('{"theme":"dark"}')
    expect(await look(browser)).toEqual({ theme: 'dark', visits: 1 })
  })

  it('has app.inject() show the error where the session cannot be stored', async () => {
    const { app } = await visiting(async (instance) => {
      await instance.register(fastifySessions, { sessions: makeSessions(brokenStore()) })
      darkening(instance)
      instance.get('/', async () => 'ab')
      instance.get('/raw', (_request, reply) => void reply.hijack().raw.end('ab'))
    })
    for (const url of ['/', '/raw']) {
      const { statusCode, cookies } = await app.inject(url)
      expect([statusCode, cookies]).toEqual([503, []])
    }
  })
})
