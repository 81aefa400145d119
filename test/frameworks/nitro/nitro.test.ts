import { createSessions, memoryStore, type SessionStore } from 'sessera'
import { h3Sessions, requireRecentSignIn, requireUser, returnPath } from 'sessera/h3'
import { describeAdapter, type AdapterHarness } from 'sessera/testing'
import { afterAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { openBrowser, type Browser } from '../../../src/testing/browser.js'
import { fetchResponse } from '../fetch/fetch-response.js'
import { describeGuards } from '../fetch/guard-cases.js'
import { serveApplication, type Application } from './application.js'

// h3 prints what nobody handles.
const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
beforeEach(() => printed.mockClear())
afterAll(() => printed.mockRestore())

const harness: AdapterHarness = {
  serve(sessions, routes, mounts) {
    const once = h3Sessions(sessions)
    return serveApplication({
      mount: (event, next) => once(event, () => (mounts === 1 ? next() : once(event, next))),
      async respond({ context, url }, { HTTPError }) {
        const route = routes[url.pathname]
        try {
          return route === undefined ? undefined : fetchResponse(await route(context.session))
        } catch (error) {
          // Of what an application throws, Nitro sends the status only of this.
          throw (error as { status?: number }).status === 418 ? new HTTPError({ status: 418 }) : error
        }
      },
    })
  },
}
describeAdapter({ describe, it }, 'the adapter for h3, in Nitro', harness)

const down = { insert: () => Promise.reject(new Error('down')) }

async function open(respond: Application['respond'], store: Partial<SessionStore> = {}): Promise<Browser> {
  const sessions = createSessions({ store: { ...memoryStore(), ...store }, cookie: { secure: false } })
  const { origin, close } = await serveApplication({
    mount: h3Sessions(sessions),
    respond: (event, nitro) => (event.url.pathname === '/look' ? event.context.session.data : respond(event, nitro)),
  })
  onTestFinished(close)
  return openBrowser(origin)
}

describe('the adapter for h3, in Nitro', () => {
  it('stores the session of a redirect, with the cookies of the application', async () => {
    const browser = await open((event, { redirect, setCookie }) => {
      event.context.session.data['cart'] = ['tea']
      setCookie(event, 'theme', 'dark')
      return redirect('/look', 303)
    })
    const { status, headers, setCookies } = await browser.visit('/go')
    expect([status, headers.location, headers['cache-control']]).toEqual([303, '/look', 'no-store'])
    expect(setCookies.map((text) => text.split('=')[0])).toEqual(['theme', 'session'])
    expect((await browser.visit('/look')).body).toBe('{"cart":["tea"]}')
  })

  it.each<[string, string, number, Application['respond'], object]>([
    ['a thrown one', '/go', 422, (_, { HTTPError }) => Promise.reject(new HTTPError({ status: 422 })), {}],
    ['an unforeseen one', '/go', 500, () => Promise.reject(new Error('secret')), { unhandled: true }],
    ['a missing route', '/', 404, () => 'found', {}],
  ])('sends the cookie with an error: %s', async (_name, path, status, respond, problem) => {
    const mounted = h3Sessions(createSessions({ store: memoryStore(), cookie: { secure: false } }))
    const { origin, close } = await serveApplication({
      mount: (event, next) =>
        mounted(event, () => {
          const { data } = event.context.session
          data['tries'] = Number(data['tries'] ?? 0) + 1
          return next()
        }),
      respond: (event, nitro) => (event.url.pathname === '/look' ? event.context.session.data : respond(event, nitro)),
    })
    onTestFinished(close)
    const browser = openBrowser(origin)
    const { headers, setCookies, body, ...response } = await browser.visit(path)
    expect([response.status, headers['cache-control'], setCookies.length]).toEqual([status, 'no-store', 1])
    expect(JSON.parse(body)).toMatchObject({ error: true, status, ...problem })
    expect(body).not.toContain('secret')
    expect((await browser.visit('/look')).body).toBe('{"tries":2}')
  })

  it('is a 503 when a session cannot be stored, with nothing of the response left', async () => {
    const browser = await open((event, { redirect, setCookie }) => {
      event.context.session.data['cart'] = ['tea']
      setCookie(event, 'theme', 'dark')
      return redirect('/look', 303)
    }, down)
    const { status, headers, setCookies, body } = await browser.visit('/go')
    expect([status, headers['cache-control'], headers.location, setCookies]).toEqual([503, 'private', undefined, []])
    expect(Number(headers['retry-after'])).toBeGreaterThan(0)
    const code = 'STORE_UNAVAILABLE'
    expect(JSON.parse(body)).toEqual({ error: true, status: 503, message: code, code })
    expect(printed).toHaveBeenCalledOnce()
  })

  it('opens a session of its own for what a route fetches from the application', async () => {
    const browser = await open(async ({ context, req, url }, { serverFetch }) => {
      if (url.pathname === '/fill') context.session.data['cart'] = ['tea']
      if (url.pathname !== '/page') return context.session.data
      context.session.data['theme'] = 'dark'
      const { host, cookie } = Object.fromEntries(req.headers)
      const texts = [{ host }, { host, cookie }].map(async (headers) =>
        (await serverFetch(`http://${host}/look`, { headers })).text(),
      )
      return Promise.all(texts)
    })
    await browser.visit('/fill')
    expect(JSON.parse((await browser.visit('/page')).body)).toEqual(['{}', '{"cart":["tea"]}'])
    expect((await browser.visit('/look')).body).toBe('{"cart":["tea"],"theme":"dark"}')
  })

  it('gives a program on this machine a cookie during development', async () => {
    vi.stubEnv('NODE_ENV', 'development')
    const sessions = createSessions({ store: memoryStore() })
    vi.unstubAllEnvs()
    const respond: Application['respond'] = ({ context }) => context.session.signIn('ada')
    const { origin, close } = await serveApplication({ mount: h3Sessions(sessions), respond })
    onTestFinished(close)
    expect((await openBrowser(origin).visit('/go')).setCookies).toHaveLength(1)
  })
})

describeGuards('h3, in Nitro', {
  serve(sessions) {
    const toLogin = requireUser({ redirectTo: '/login' })
    const guards = {
      '/unmounted': toLogin,
      '/login': toLogin,
      '/account': toLogin,
      '/plain': requireUser(),
      '/email': requireRecentSignIn('10m'),
    }
    const mounted = h3Sessions(sessions)
    return serveApplication({
      mount(event, next) {
        const { pathname } = event.url
        const guard = guards[pathname as keyof typeof guards]
        const guarded = (): unknown => (guard === undefined ? next() : guard(event, next))
        return pathname === '/unmounted' ? guarded() : mounted(event, guarded)
      },
      respond({ context, req, url }, { redirect }) {
        if (url.pathname !== '/sign-in') return url.pathname
        context.session.signIn('ada')
        return redirect(returnPath(req, '/home'), 303)
      },
    })
  },
})
