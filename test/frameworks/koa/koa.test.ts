import { once } from 'node:events'
import { PassThrough, Readable } from 'node:stream'
import type Koa from 'koa'
import type { Middleware } from 'koa'
import { createSessions, memoryStore, type SessionStore } from 'sessera'
import { koaSessions, sessionOf } from 'sessera/koa'
import { gate } from 'sessera/testing'
import { describe, expect, it } from 'vitest'
import { openBrowser, type Browser } from '../../../src/testing/browser.js'
import { listenInTest } from '../../support/listen-in-test.js'
import { hasPackages } from '../../support/packages.js'
import { makeApplication, serverOf } from './koa-harness.js'

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

/** Visits an application, whose errors are recorded. */
async function visiting(prepare: (app: Koa) => void, options?: { proxy?: boolean }) {
  const app = makeApplication('koa', options)
  const errors: unknown[] = []
  app.on('error', (error: unknown) => errors.push(error))
  prepare(app)
  const { origin } = await listenInTest(serverOf(app))
  return { browser: openBrowser(origin), errors }
}

const darken: Middleware = (context, next) => {
  context.session.data['theme'] = 'dark'
  return next()
}

const show: Middleware = (context) => {
  context.body = JSON.stringify(context.session.data)
}

const dataOf = async (browser: Browser): Promise<unknown> => JSON.parse((await browser.visit('/')).body)

/** Ways to respond that pass by Koa's own. */
const bypasses: readonly [string, Middleware][] = [
  [
    'ctx.respond = false and ctx.res.end',
    (context) => {
      context.respond = false
      context.res.statusCode = 200
      context.res.end('ab')
    },
  ],
  [
    'ctx.respond = false, after the middleware is done',
    (context) => {
      context.respond = false
      setImmediate(() => {
        context.res.writeHead(200, { 'X-Own': 'yes' })
        context.res.write('a')
        context.res.end('b')
      })
    },
  ],
  [
    'ctx.res.write, while Koa still waits',
    async (context) => {
      context.respond = false
      context.res.statusCode = 200
      context.res.write('a')
      const ended = once(context.res, 'close')
      context.res.end('b')
      await ended
    },
  ],
  [
    'ctx.res.end alone',
    (context) => {
      context.res.statusCode = 200
      context.res.end('ab')
    },
  ],
  [
    'ctx.flushHeaders before the body',
    (context) => {
      context.status = 200
      context.flushHeaders()
      context.body = Readable.from(['a', 'b'])
    },
  ],
]

describe.skipIf(!(await hasPackages('frameworks')))('the adapter for Koa', () => {
  it('gives the session as ctx.session, and typed by its sessions as sessionOf', async () => {
    const sessions = createSessions<{ visits: number }>({ cookie: plain })
    const { browser } = await visiting((app) => {
      app.use(koaSessions(sessions))
      app.use((context) => {
        const session = sessionOf(sessions, context)
        session.data.visits = (session.data.visits ?? 0) + 1
        const same = [context.session, sessionOf(sessions, context.req)].every(
          (other) => other === (session as unknown),
        )
        context.body = { visits: session.data.visits, same }
      })
    })
    await browser.visit('/')
    expect(await dataOf(browser)).toEqual({ visits: 2, same: true })
  })

  it.each(['session', 'sessionID'])('does not let ctx.%s be replaced', async (name) => {
    const { browser, errors } = await visiting((app) => {
      app.use(koaSessions(makeSessions()))
      app.use((context) => {
        if (name === 'session') Object.assign(context, { session: null })
        else context.body = String((context as { sessionID?: unknown }).sessionID)
      })
    })
    expect((await browser.visit('/')).status).toBe(500)
    expect(errors).toEqual([expect.objectContaining({ code: 'INVALID_ARGUMENT' })])
  })

  it.each<[string, (app: Koa) => void]>([
    ['other sessions', (app) => app.use(koaSessions(makeSessions()))],
    [
      'another session middleware',
      (app) => Object.defineProperty(app.context, 'session', { get: () => ({}), configurable: true }),
    ],
  ])('does not take ctx.session away from %s', async (_what, occupy) => {
    const { browser, errors } = await visiting((app) => {
      occupy(app)
      app.use(koaSessions(makeSessions()))
    })
    expect((await browser.visit('/')).status).toBe(500)
    expect(errors).toEqual([
      expect.objectContaining({ message: expect.stringContaining('by another session middleware') }),
    ])
  })

  it('stores what a middleware changes after those behind it are done', async () => {
    const { browser } = await visiting((app) => {
      app.use(koaSessions(makeSessions()))
      app.use(async (context, next) => {
        await next()
        context.session.data['late'] = true
      })
      app.use(show)
    })
    await browser.visit('/')
    expect(await dataOf(browser)).toEqual({ late: true })
  })

  it('adds its cookie to those of the application', async () => {
    const { browser } = await visiting((app) => {
      app.use(async (context, next) => {
        await next()
        context.cookies.set('last', 'x')
      })
      app.use(koaSessions(makeSessions()))
      app.use(darken)
      app.use((context) => {
        context.cookies.set('theme', 'dark')
        context.redirect('/there')
      })
    })
    const { status, setCookies } = await browser.visit('/')
    expect(status).toBe(302)
    expect([...browser.jar.keys()].toSorted()).toEqual(['last', 'session', 'theme'])
    expect(setCookies).toHaveLength(3)
  })

  it.each([
    ['true', true],
    ['false', false],
  ])('asks renew about the context: %s', async (_answer, renews) => {
    const asked: string[] = []
    const touched: string[] = []
    const store = memoryStore()
    const renew: SessionStore['renew'] = async (...call) => {
      touched.push('renewed')
      return store.renew!(...call)
    }
    let now = 1_000_000
    const { browser } = await visiting((app) => {
      const sessions = createSessions({ store: { ...store, renew, now: () => now }, cookie: plain })
      app.use(
        koaSessions(sessions, {
          renew(context) {
            asked.push(context.path)
            return renews
          },
        }),
      )
      app.use((context, next) => (context.path === '/change' ? darken(context, next) : next()))
      app.use(show)
    })
    await browser.visit('/change')
    now += 1_200_000
    await browser.visit('/poll')
    expect(asked).toEqual(['/change', '/poll'])
    expect(touched.length > 0).toBe(renews)
  })

  describe('behind a proxy that ends HTTPS', () => {
    const https = { headers: { 'x-forwarded-proto': 'https' } }
    const secured = (app: Koa): void => {
      app.use(koaSessions(createSessions()))
      app.use(darken)
      app.use(show)
    }

    it('sends the Secure cookie where app.proxy trusts it', async () => {
      const { browser } = await visiting(secured, { proxy: true })
      const { status, setCookies } = await browser.visit('/', https)
      expect([status, setCookies]).toEqual([200, [expect.stringMatching(/^__Host-session=.*Secure/)]])
    })

    it('sends none where app.proxy does not', async () => {
      const { browser, errors } = await visiting(secured)
      expect(await browser.visit('/', https)).toMatchObject({ status: 500, setCookies: [] })
      expect(errors).toEqual([expect.objectContaining({ code: 'INSECURE_REQUEST' })])
    })
  })

  describe('when a middleware throws', () => {
    it('stores changes, discards a sign-in, and Koa responds', async () => {
      const { browser, errors } = await visiting((app) => {
        app.use(koaSessions(makeSessions()))
        app.use((context, next) => {
          if (context.path === '/') return next()
          context.session.data['tries'] = 1
          if (context.path === '/sign-in') context.session.signIn('ada')
          return context.throw(403, 'not you')
        })
        app.use((context) => {
          context.body = { userId: context.session.userId ?? null, data: context.session.data }
        })
      })
      expect(await browser.visit('/fail')).toMatchObject({
        status: 403,
        body: 'not you',
        setCookies: [expect.any(String)],
      })
      expect(await dataOf(browser)).toEqual({ userId: null, data: { tries: 1 } })
      expect(await browser.visit('/sign-in')).toMatchObject({ status: 403, setCookies: [] })
      expect(await dataOf(browser)).toEqual({ userId: null, data: { tries: 1 } })
      expect(errors).toHaveLength(2)
    })

    it('lets a middleware before it respond, with that status', async () => {
      const { browser, errors } = await visiting((app) => {
        app.use(async (context, next) => {
          await next().catch(() => {
            context.status = 418
            context.body = 'mine'
          })
        })
        app.use(koaSessions(makeSessions()))
        app.use((context, next) => {
          if (context.path !== '/fail') return next()
          context.session.data['tries'] = 1
          throw new Error('no')
        })
        app.use(show)
      })
      expect(await browser.visit('/fail')).toMatchObject({ status: 418, body: 'mine' })
      expect(await dataOf(browser)).toEqual({ tries: 1 })
      expect(errors).toEqual([])
    })
  })

  describe('when the session cannot be stored', () => {
    const redirecting: Middleware = (context) => {
      context.set('X-Request', '7')
      context.cookies.set('theme', 'dark')
      context.redirect('/there')
    }

    it('lets a middleware before it respond, with nothing of the handler', async () => {
      const { browser, errors } = await visiting((app) => {
        app.use(async (context, next) => {
          await next().catch((error: { code: string }) => {
            context.body = { code: error.code }
          })
        })
        app.use(koaSessions(makeSessions(brokenStore())))
        app.use(darken)
        app.use(redirecting)
      })
      const { status, headers, body } = await browser.visit('/')
      expect({ status, body }).toEqual({ status: 503, body: '{"code":"STORE_UNAVAILABLE"}' })
      expect(headers).toMatchObject({ 'x-request': '7', 'cache-control': 'private', vary: 'Cookie' })
      expect(headers.location).toBeUndefined()
      expect(browser.jar.has('session')).toBe(false)
      expect(errors).toEqual([])
    })

    it('is no success either where a middleware before it swallows the error', async () => {
      const { browser } = await visiting((app) => {
        app.use(async (_context, next) => {
          await next().catch(() => {})
        })
        app.use(koaSessions(makeSessions(brokenStore())))
        app.use(darken)
        app.use((context) => {
          context.body = { saved: true }
        })
      })
      const { status, headers, body } = await browser.visit('/')
      expect({ status, body }).toEqual({ status: 503, body: 'Service Unavailable' })
      expect(headers['content-type']).toMatch(/^text\/plain/)
    })

    it('closes the stream that would have been sent, and tells the application once', async () => {
      const source = new PassThrough()
      const { browser, errors } = await visiting((app) => {
        app.use(koaSessions(makeSessions(brokenStore())))
        app.use(darken)
        app.use((context) => {
          context.body = source
        })
      })
      const { status, headers } = await browser.visit('/')
      expect([status, headers['retry-after']]).toEqual([503, expect.stringMatching(/^\d+$/)])
      expect(source.destroyed).toBe(true)
      expect(errors).toEqual([expect.objectContaining({ code: 'STORE_UNAVAILABLE' })])
    })

    it.each(bypasses)('has Koa respond instead of what was sent by %s', async (_way, respond) => {
      const { browser, errors } = await visiting((app) => {
        app.use(koaSessions(makeSessions(brokenStore())))
        app.use(darken)
        app.use(respond)
      })
      const { status, headers, setCookies, body } = await browser.visit('/')
      expect({ status, setCookies, body }).toEqual({ status: 503, setCookies: [], body: 'Service Unavailable' })
      expect(headers['retry-after']).toMatch(/^\d+$/)
      expect(headers['x-own']).toBeUndefined()
      expect(errors[0]).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    })
  })

  it('has the error reach a middleware before it where the session cannot be loaded', async () => {
    const store = memoryStore()
    let isDown = false
    const load: SessionStore['load'] = async (handle) => {
      if (isDown) throw new Error('down')
      return store.load(handle)
    }
    const { browser } = await visiting((app) => {
      app.use(async (context, next) => {
        await next().catch((error: { code: string }) => {
          context.body = error.code
        })
      })
      const sessions = makeSessions({ ...store, load })
      const optional = koaSessions(sessions, { onOutage: 'anonymous' })
      app.use((context, next) => (context.path === '/optional' ? optional(context, next) : next()))
      app.use((context, next) => (context.path === '/both' ? optional(context, next) : next()))
      const needed = koaSessions(sessions)
      app.use((context, next) => (context.path === '/optional' ? next() : needed(context, next)))
      app.use((context, next) => (isDown ? next() : darken(context, next)))
      app.use(show)
    })
    await browser.visit('/')
    isDown = true
    expect((await browser.visit('/')).body).toBe('STORE_UNAVAILABLE')
    expect((await browser.visit('/optional')).body).toBe('{}')
    expect((await browser.visit('/both')).body).toBe('STORE_UNAVAILABLE')
  })

  it.each(bypasses)('stores the session before a byte is sent by %s', async (_way, respond) => {
    const { store, held } = heldStore()
    let stored = false
    const { browser } = await visiting((app) => {
      app.use(koaSessions(makeSessions(store)))
      app.use((context, next) => {
        if (context.path === '/look') return show(context, next)
        return context.path === '/other' ? undefined : next()
      })
      app.use(darken)
      app.use(respond)
    })
    const arrival = browser.arrive('/').then((arrived) => (expect(stored).toBe(true), arrived))
    await held.reached
    await browser.visit('/other')
    stored = true
    held.open()
    const { status, setCookies, rest } = await arrival
    expect([status, setCookies]).toEqual([200, [expect.any(String)]])
    expect(await rest()).toBe('ab')
    expect((await browser.visit('/look')).body).toBe('{"theme":"dark"}')
  })

  it.each([
    ['a store instead of sessions', () => koaSessions(memoryStore() as never)],
    ['an unknown option', () => koaSessions(makeSessions(), { isSecure: () => true } as never)],
    ['a policy that there is not', () => koaSessions(makeSessions(), { onOutage: 'ignore' } as never)],
  ])('refuses %s when it is mounted', (_what, mount) => {
    expect(mount).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  })
})
