import { createSessions, memoryStore, SesseraError, type SessionStore, type Sessions } from 'sessera'
import { elysiaSessions, requireRecentSignIn, requireUser, returnPath, type FetchHandlerOptions } from 'sessera/elysia'
import { describeAdapter, gate, type AdapterHarness } from 'sessera/testing'
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { openBrowser, type Browser } from '../../../src/testing/browser.js'
import { ensurePackages } from '../../support/packages.js'
import { recordEvents } from '../../support/record-events.js'
import type { ElysiaApplication } from './elysia-harness.js'
import { fetchResponse } from './fetch-response.js'
import { describeGuards } from './guard-cases.js'

await ensurePackages('frameworks/fetch')
const { Elysia, listenWithElysia } = await import('./elysia-harness.js')

// What nobody handles is printed.
const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
afterAll(() => printed.mockRestore())

function mount(app: ElysiaApplication, sessions: Sessions, options: FetchHandlerOptions = {}): ElysiaApplication {
  const { wrap, derive } = elysiaSessions(sessions, options)
  return app.wrap(wrap).derive({ as: 'global' }, derive)
}

const harness: AdapterHarness = {
  serve(sessions, routes, mounts) {
    const app = new Elysia()
    app.onError(({ error }) => new Response(null, { status: (error as { status?: number }).status ?? 500 }))
    for (let mounted = 0; mounted < mounts; mounted++) mount(app, sessions)
    for (const [path, route] of Object.entries(routes)) {
      app.all(path, async ({ session }) => fetchResponse(await route(session)))
    }
    return listenWithElysia(app)
  },
}
describeAdapter({ describe, it }, 'the adapter for Elysia', harness)

async function open(
  routes: (app: ElysiaApplication) => void,
  { store = {}, options = {} }: { store?: Partial<SessionStore>; options?: FetchHandlerOptions } = {},
): Promise<Browser> {
  const sessions = createSessions({ store: { ...memoryStore(), ...store }, cookie: { secure: false } })
  const app = mount(new Elysia(), sessions, options)
  app.all('/look', ({ session }) => session.data)
  routes(app)
  const { origin, close } = await listenWithElysia(app)
  onTestFinished(close)
  return openBrowser(origin)
}

const down = { insert: () => Promise.reject(new Error('down')) }

describe('the adapter for Elysia', () => {
  it('stores the session, and keeps the cookies that the application sets', async () => {
    const browser = await open((app) =>
      app.all('/', ({ session, cookie, set }) => {
        session.data['cart'] = ['tea']
        cookie['theme']!.value = 'dark'
        set.headers['x-done'] = 'yes'
        return { done: true }
      }),
    )
    const { headers, setCookies, body } = await browser.visit('/')
    expect([body, headers['x-done'], headers['cache-control']]).toEqual(['{"done":true}', 'yes', 'no-store'])
    expect(setCookies.map((text) => text.split('=')[0])).toEqual(['theme', 'session'])
    expect((await browser.visit('/look')).body).toBe('{"cart":["tea"]}')
  })

  it('stores the session of a handler that throws, and leaves the error to onError', async () => {
    const browser = await open((app) =>
      app
        .onError(({ error }) => `handled ${(error as Error).message}`)
        .all('/', ({ session }) => {
          session.data['tries'] = 1
          throw Object.assign(new Error('no tea'), { status: 418 })
        }),
    )
    const { status, body, setCookies } = await browser.visit('/')
    expect([status, body, setCookies.length]).toEqual([418, 'handled no tea', 1])
    expect((await browser.visit('/look')).body).toBe('{"tries":1}')
  })

  it('gives plugins the session, and leaves missing routes alone', async () => {
    const browser = await open((app) => app.use(new Elysia().all('/plugin', ({ session }) => session.signIn('ada'))))
    expect((await browser.visit('/plugin')).setCookies).toHaveLength(1)
    expect((await browser.visit('/missing')).status).toBe(404)
  })

  it('sends a generator chunk by chunk, with the cookie, and tells what it changes too late', async () => {
    const events = recordEvents('late-change')
    const waiting = gate()
    const browser = await open((app) =>
      app.all('/', async function* stream({ session }) {
        session.data['early'] = true
        yield 'one'
        await waiting.pass()
        session.data['late'] = true
        yield ' two'
      }),
    )
    const response = await browser.arrive('/')
    expect(response.setCookies).toHaveLength(1)
    expect(await response.next()).toBe('one')
    waiting.open()
    expect(await response.rest()).toBe(' two')
    await vi.waitFor(() => expect(events).toHaveLength(1))
    expect((await browser.visit('/look')).body).toBe('{"early":true}')
  })

  it('is a 503 where a session cannot be stored, with nothing of the response', async () => {
    const browser = await open(
      (app) =>
        app.all('/', ({ session, cookie, set }) => {
          session.data['cart'] = []
          cookie['theme']!.value = 'dark'
          set.headers['x-done'] = 'yes'
          return 'done'
        }),
      { store: down },
    )
    const { status, headers, setCookies, body } = await browser.visit('/')
    expect([status, headers['x-done'], setCookies, body]).toEqual([503, undefined, [], ''])
    expect(Number(headers['retry-after'])).toBeGreaterThan(0)
  })

  it('asks onError instead', async () => {
    const onError = (error: unknown): Response => new Response(SesseraError.is(error) ? error.code : 'else')
    const browser = await open((app) => app.all('/', ({ session }) => void (session.data['cart'] = [])), {
      store: down,
      options: { onError },
    })
    expect((await browser.visit('/')).body).toBe('STORE_UNAVAILABLE')
  })

  it('gives a program on this machine a cookie during development', async () => {
    vi.stubEnv('NODE_ENV', 'development')
    onTestFinished(() => void vi.unstubAllEnvs())
    const app = mount(new Elysia(), createSessions({ store: memoryStore() }))
    const { origin, close } = await listenWithElysia(app.all('/', ({ session }) => session.signIn('ada')))
    onTestFinished(close)
    expect((await openBrowser(origin).visit('/')).setCookies).toHaveLength(1)
    expect((await openBrowser(origin).visit('/', { headers: { 'x-forwarded-for': '192.0.2.1' } })).status).toBe(500)
  })
})

describeGuards('Elysia', {
  serve(sessions) {
    const app = new Elysia().all('/unmounted', ({ path }) => path, { beforeHandle: requireUser() })
    mount(app, sessions)
    app.all('/sign-in', ({ session, request }) => {
      session.signIn('ada')
      return new Response(null, { status: 303, headers: { Location: returnPath(request, '/home') } })
    })
    const toLogin = { beforeHandle: requireUser({ redirectTo: '/login' }) }
    for (const path of ['/account', '/login']) app.all(path, () => path, toLogin)
    app.all('/plain', ({ path }) => path, { beforeHandle: requireUser() })
    app.all('/email', ({ path }) => path, { beforeHandle: requireRecentSignIn('10m') })
    return listenWithElysia(app)
  },
})
