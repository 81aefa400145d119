import { createSessions, memoryStore, type CookieOptions, type Sessions } from 'sessera'
import { nuxtSessions, requireRecentSignIn, requireUser, sessionOf, type NuxtSessionsOptions } from 'sessera/nuxt'
import { describeAdapter, fakeClock, type AdapterData } from 'sessera/testing'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { openBrowser, type Browser } from '../../../src/testing/browser.js'
import { ensurePackages } from '../../support/packages.js'
import type { App } from './nuxt-harness.js'

await ensurePackages('frameworks/nuxt')
const { defineEventHandler, fetchWithin, listenWith, makeApp, nuxtHarness } = await import('./nuxt-harness.js')

describe('with the errors of the suite, which are printed', () => {
  beforeAll(() => void vi.spyOn(console, 'error').mockImplementation(() => {}))
  afterAll(() => vi.restoreAllMocks())

  describeAdapter({ describe, it }, 'the adapter for Nuxt', nuxtHarness)
})

describe('the adapter for Nuxt', () => {
  const clock = fakeClock()

  async function open(
    routes: (app: App, sessions: Sessions<AdapterData>) => void,
    { cookie = { secure: false }, options = {} }: { cookie?: CookieOptions; options?: NuxtSessionsOptions } = {},
  ): Promise<Browser> {
    const sessions = createSessions<AdapterData>({ store: memoryStore({ now: clock.now }), cookie })
    const app = makeApp().use(defineEventHandler(nuxtSessions(sessions, options)))
    app.use(
      '/api/cart',
      defineEventHandler(({ context }) => context.session.data.cart ?? []),
    )
    app.use(
      '/api/login',
      defineEventHandler(({ context }) => (context.session.signIn('ada'), 'signed in')),
    )
    app.use(
      '/account',
      defineEventHandler(({ context }) => context.session.userId ?? 'nobody'),
    )
    routes(app, sessions)
    const { origin, close } = await listenWith(app)
    onTestFinished(close)
    return openBrowser(origin)
  }

  it('gives what a page fetches from the application the session of the page', async () => {
    const browser = await open((app, sessions) => {
      app.use(
        '/api/fill',
        defineEventHandler(({ context, node }) => {
          context.session.data.cart = ['tea']
          return String(sessionOf(sessions, node.req) === context.session)
        }),
      )
      app.use(
        '/page',
        defineEventHandler(async (event) => {
          event.context.session.data.theme = 'dark'
          const texts = []
          for (const path of ['/api/fill', '/api/cart', '/api/login'])
            texts.push(await (await fetchWithin(app, event, path)).text())
          return [...texts, event.context.session.userId]
        }),
      )
    })
    const { setCookies, body } = await browser.visit('/page')
    expect(setCookies).toHaveLength(1)
    expect(JSON.parse(body)).toEqual(['true', '["tea"]', 'signed in', 'ada'])
    expect((await browser.visit('/account')).body).toBe('ada')
  })

  it('gives no session to what the application fetches otherwise, and says so', async () => {
    const browser = await open((app) => {
      app.use(
        '/free',
        defineEventHandler(() => 'free'),
      )
      app.use(
        '/page',
        defineEventHandler(async ({ node }) => {
          const fetched = ['/free', '/api/cart'].map(async (path) => (await fetchWithin(app, { node }, path)).text())
          return Promise.all(fetched)
        }),
      )
    })
    expect(JSON.parse((await browser.visit('/page')).body)).toEqual(['free', 'INVALID_ARGUMENT'])
  })

  it('lets users through, and those who signed in recently', async () => {
    const browser = await open((app) => {
      for (const [path, guard] of [
        ['/user', requireUser()],
        ['/recent', requireRecentSignIn('10m')],
      ] as const)
        app.use(path, defineEventHandler({ onRequest: [guard], handler: ({ context }) => context.session.userId }))
    })
    for (const path of ['/user', '/recent']) {
      browser.jar.clear()
      expect(await browser.visit(path)).toMatchObject({ status: 401, body: 'NOT_SIGNED_IN' })
      await browser.visit('/api/login')
      expect(await browser.visit(path)).toMatchObject({ status: 200, body: 'ada' })
    }
    clock.advance(600_000)
    expect((await browser.visit('/user')).status).toBe(200)
    expect(await browser.visit('/recent')).toMatchObject({ status: 403, body: 'RECENT_SIGN_IN_REQUIRED' })
  })

  it('asks renew about the event, and isSecure about the request', async () => {
    const asked: unknown[] = []
    const renew: NuxtSessionsOptions['renew'] = ({ node }) => asked.push(node.req.url) < 0
    const isSecure: NuxtSessionsOptions['isSecure'] = ({ headers }) => headers['x-forwarded-proto'] === 'https'
    const browser = await open(() => {}, { cookie: {}, options: { renew, isSecure } })
    const { setCookies } = await browser.visit('/api/login', { headers: { 'x-forwarded-proto': 'https' } })
    expect(setCookies).toEqual([expect.stringMatching(/^__Host-session=.*Secure/)])
    expect(asked).toEqual(['/api/login'])
  })

  it.each([
    ['sessions', undefined, {}],
    ['sessions', memoryStore(), {}],
    ['isSecure', createSessions(), { isSecure: true }],
    ['prefix', createSessions(), { prefix: '/' }],
  ])('refuses a wrong option when the application starts: %s', (option, sessions, options) => {
    const problem = expect.objectContaining({ code: 'INVALID_OPTION', option })
    expect(() => nuxtSessions(sessions as never, options as never)).toThrow(problem)
  })
})
