import { createSessions, memoryStore, type SessionStore } from 'sessera'
import {
  requireRecentSignIn,
  requireUser,
  returnPath,
  sessionOf,
  svelteKitSessions,
  type KitHandle,
  type SvelteKitSessionsOptions,
} from 'sessera/sveltekit'
import { describeAdapter, gate, type AdapterHarness } from 'sessera/testing'
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { openBrowser, type Browser } from '../../../src/testing/browser.js'
import { formPost } from '../../support/form.js'
import { fetchResponse } from '../fetch/fetch-response.js'
import { describeGuards } from '../fetch/guard-cases.js'
import { recordEvents } from '../../support/record-events.js'
import { serveApplication, type Application, type Kit } from './application.js'

// What nobody handles is printed.
const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
afterAll(() => printed.mockRestore())

const harness: AdapterHarness = {
  serve(sessions, routes, mounts) {
    const hook = svelteKitSessions(sessions)
    const twice: KitHandle = ({ event, resolve }) => hook({ event, resolve: (same) => hook({ event: same, resolve }) })
    return serveApplication({
      handle: mounts === 1 ? hook : twice,
      async respond({ url, locals }, kit) {
        const route = routes[url.pathname]
        const session = locals.session as unknown as Parameters<NonNullable<typeof route>>[0]
        try {
          return route === undefined ? new Response(null, { status: 404 }) : fetchResponse(await route(session))
        } catch (error) {
          const { redirectTo } = error as { readonly redirectTo?: string }
          if (redirectTo !== undefined) return kit.redirect(303, redirectTo)
          return kit.error((error as { status?: number }).status ?? 500, 'failed')
        }
      },
    })
  },
  redirect: (location) => ({ redirectTo: location }),
}
describeAdapter({ describe, it }, 'the adapter for SvelteKit', harness)

type Settings = Omit<Application, 'handle'> & {
  readonly store?: Partial<SessionStore>
  readonly options?: SvelteKitSessionsOptions
  /** A hook after that of the sessions. */
  readonly inner?: (...input: Parameters<Application['handle']>) => Response | Promise<Response>
}

async function open({ store = {}, options = {}, inner, ...application }: Settings): Promise<Browser> {
  const sessions = createSessions({ store: { ...memoryStore(), ...store }, cookie: { secure: false } })
  const hook = svelteKitSessions(sessions, options)
  const handle: Application['handle'] = (input, kit) =>
    inner === undefined
      ? hook(input)
      : hook({ event: input.event, resolve: (event) => inner({ event, resolve: input.resolve }, kit) })
  const { origin, close } = await serveApplication({
    respond: ({ locals }) => Response.json({ userId: locals.session.userId, data: locals.session.data }),
    ...application,
    handle,
  })
  onTestFinished(close)
  return openBrowser(origin)
}

const down = { insert: () => Promise.reject(new Error('down')) }
const ways: [string, (kit: Kit) => never, number][] = [
  ['redirect()', (kit) => kit.redirect(303, '/look'), 303],
  ['error()', (kit) => kit.error(418, 'no tea'), 418],
]

describe('the adapter for SvelteKit', () => {
  it.each(ways)('stores the session of a load that throws what %s makes', async (_name, fail, status) => {
    const browser = await open({
      load({ locals }, kit) {
        locals.session.data['tries'] = 1
        return fail(kit)
      },
    })
    const response = await browser.visit('/page')
    expect([response.status, response.setCookies.length]).toEqual([status, 1])
    expect((await browser.visit('/look')).body).toBe('{"data":{"tries":1}}')
  })

  it('stores the session of a load whose redirect goes to a navigation within the application', async () => {
    const browser = await open({
      load({ locals }, kit) {
        locals.session.signIn('ada')
        return kit.redirect(303, '/look')
      },
    })
    const { status, body, setCookies } = await browser.visit('/page/__data.json')
    expect([status, setCookies.length]).toEqual([200, 1])
    expect(JSON.parse(body)).toEqual({ type: 'redirect', status: 303, location: '/look' })
    expect((await browser.visit('/look')).body).toContain('"userId":"ada"')
  })

  it('sends the cookie with a redirect that a later hook throws, and commits before its error', async () => {
    const browser = await open({
      inner({ event, resolve }, kit) {
        const { session } = event.locals as { session: { data: object; signIn(id: string): void } }
        const { pathname } = event.url
        if (pathname === '/go') session.signIn('ada')
        if (pathname === '/fail') Object.assign(session.data, { tries: 1 })
        for (const [path, [, fail]] of Object.entries({ '/go': ways[0]!, '/fail': ways[1]! })) {
          if (path === pathname) return fail(kit)
        }
        return resolve(event)
      },
    })
    const { status, headers, setCookies } = await browser.visit('/go')
    expect([status, headers.location]).toEqual([303, '/look'])
    expect(setCookies).toEqual([expect.stringMatching(/^session=[^;%]+;.*HttpOnly/)])
    expect(setCookies[0]).not.toContain('Secure')
    expect((await browser.visit('/fail')).status).toBe(418)
    expect(JSON.parse((await browser.visit('/look')).body)).toEqual({ userId: 'ada', data: { tries: 1 } })
  })

  it('stores the session of a form action, whose page is rendered with it', async () => {
    const form = formPost({ item: 'tea' })
    const browser = await open({
      load: ({ locals }) => ({ cart: locals.session.data['cart'] }),
      act({ locals }) {
        locals.session.data['cart'] = ['tea']
        return { done: true }
      },
    })
    const { status, body } = await browser.visit('/page', {
      ...form,
      headers: { ...form.headers, accept: 'text/html' },
    })
    expect([status, body]).toEqual([200, expect.stringContaining('{"data":{"cart":["tea"]},"form":{"done":true}}')])
    expect((await browser.visit('/look')).body).toBe('{"data":{"cart":["tea"]}}')
  })

  it('sends the page before a streamed promise, and tells what that changes too late', async () => {
    const events = recordEvents('late-change')
    const waiting = gate()
    const browser = await open({
      load: ({ locals }) => ({
        later: waiting.pass().then(() => {
          locals.session.data['late'] = true
          return 'the rest'
        }),
      }),
    })
    const response = await browser.arrive('/page')
    expect(response.status).toBe(200)
    expect(await response.next()).toContain('page')
    waiting.open()
    expect(await response.rest()).toContain('the rest')
    await vi.waitFor(() => expect(events).toHaveLength(1))
  })

  it('keeps what a page says about its own cookies and headers', async () => {
    const browser = await open({
      load({ cookies, locals }) {
        cookies.set('theme', 'dark', { path: '/' })
        locals.session.data['cart'] = []
        return {}
      },
    })
    const { setCookies, headers } = await browser.visit('/page')
    expect(setCookies.map((text) => text.split('=')[0])).toEqual(['theme', 'session'])
    expect(headers['cache-control']).toBe('no-store')
  })

  it.each(['/page', '/go'])('responds itself where a session cannot be stored, as by %s', async (path) => {
    const fail = (event: object): never => {
      Object.assign((event as { locals: { session: { data: object } } }).locals.session.data, { cart: [] })
      return kitOf.redirect(303, '/look')
    }
    let kitOf!: Kit
    const browser = await open({
      store: down,
      load: (event) => fail(event),
      inner({ event, resolve }, kit) {
        kitOf = kit
        return event.url.pathname === '/go' ? fail(event) : resolve(event)
      },
    })
    const { status, headers, setCookies, body } = await browser.visit(path)
    expect([status, headers.location, setCookies, body]).toEqual([503, undefined, [], ''])
    expect(Number(headers['retry-after'])).toBeGreaterThan(0)
  })

  it('leaves that to handleError if onError throws', async () => {
    const handleError = vi.fn<(error: unknown) => void>()
    const browser = await open({
      store: down,
      handleError,
      options: {
        onError(error) {
          throw error
        },
      },
      load({ locals }) {
        locals.session.data['cart'] = []
        return {}
      },
    })
    expect((await browser.visit('/page')).status).toBe(500)
    expect(handleError).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'STORE_UNAVAILABLE' }))
  })

  it('gives the session of the sessions that were mounted, with their type', async () => {
    const visits = createSessions<{ visits: number }>({ store: memoryStore(), cookie: { secure: false } })
    const { origin, close } = await serveApplication({
      handle: svelteKitSessions(visits),
      respond: ({ request }) => Response.json((sessionOf(visits, request).data.visits = 1)),
    })
    onTestFinished(close)
    expect((await openBrowser(origin).visit('/')).body).toBe('1')
  })

  it('gives a program on this machine a cookie during development', async () => {
    vi.stubEnv('NODE_ENV', 'development')
    onTestFinished(() => void vi.unstubAllEnvs())
    const { origin, close } = await serveApplication({
      handle: svelteKitSessions(createSessions({ store: memoryStore() })),
      respond({ locals }) {
        locals.session.signIn('ada')
        return new Response()
      },
    })
    onTestFinished(close)
    expect((await openBrowser(origin).visit('/')).setCookies).toHaveLength(1)
    expect((await openBrowser(origin).visit('/', { headers: { 'x-forwarded-for': '192.0.2.1' } })).status).toBe(500)
  })
})

const toLogin = requireUser({ redirectTo: '/login' })
const guards: Readonly<Record<string, KitHandle>> = {
  '/login': toLogin,
  '/account': toLogin,
  '/page': toLogin,
  '/plain': requireUser(),
  '/email': requireRecentSignIn('10m'),
  '/unmounted': requireUser(),
}

function serveGuarded(sessions: Parameters<typeof svelteKitSessions>[0]): ReturnType<typeof serveApplication> {
  const mounted = svelteKitSessions(sessions)
  return serveApplication({
    handle({ event, resolve }) {
      const guard = guards[event.url.pathname]
      const guarded: Parameters<KitHandle>[0]['resolve'] = (same) =>
        guard === undefined ? resolve(same) : guard({ event: same, resolve })
      return event.url.pathname === '/unmounted' ? guarded(event) : mounted({ event, resolve: guarded })
    },
    respond({ request, url, locals }, kit) {
      if (url.pathname !== '/sign-in') return new Response(url.pathname)
      locals.session.signIn('ada')
      return kit.redirect(303, returnPath(request, '/home'))
    },
  })
}

describeGuards('SvelteKit', { serve: (sessions) => serveGuarded(sessions) })

it('the guards for SvelteKit redirect a navigation within the application, back to the page', async () => {
  const { origin, close } = await serveGuarded(createSessions({ store: memoryStore(), cookie: { secure: false } }))
  onTestFinished(close)
  const { status, body } = await openBrowser(origin).visit('/page/__data.json?part=1')
  expect([status, JSON.parse(body)]).toEqual([
    200,
    { type: 'redirect', status: 303, location: expect.stringMatching(/^\/login\?return=%2Fpage%3Fpart%3D1/) },
  ])
})
