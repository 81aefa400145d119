import { SesseraError, createSessions, memoryStore, type Sessions, type SessionStore } from 'sessera'
import { returnPath, type FetchHandlerOptions } from 'sessera/next'
import { describeAdapter, fakeClock, gate, type AdapterHarness } from 'sessera/testing'
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { openBrowser, type Browser } from '../../../src/testing/browser.js'
import { recordEvents } from '../../support/record-events.js'
import { fetchResponse } from '../fetch/fetch-response.js'
import { describeGuards } from '../fetch/guard-cases.js'
import { serveApplication, type Application, type NextSession, type Tools } from './application.js'
import { callAction, sendForm } from './form-action.js'

// What nobody handles is printed, and that a program which is no browser calls Server Functions.
const printed = (['error', 'warn'] as const).map((level) => vi.spyOn(console, level).mockImplementation(() => {}))
afterAll(() => printed.forEach((spy) => spy.mockRestore()))

const harness: AdapterHarness = {
  serve(sessions, routes, mounts) {
    return serveApplication({
      sessions,
      respond({ withSession }, request) {
        const route = routes[new URL(request.url).pathname]
        const once = withSession(async (_request, session) =>
          route === undefined
            ? new Response(null, { status: 404 })
            : fetchResponse(await route(session as Parameters<typeof route>[0])),
        )
        return mounts === 1 ? once(request) : withSession((again) => once(again))(request)
      },
    })
  },
}
describeAdapter({ describe, it }, 'the adapter for Next', harness)

interface Settings extends Omit<Application, 'sessions'> {
  readonly store?: Partial<SessionStore>
  readonly now?: () => number
  readonly options?: FetchHandlerOptions
}

interface Opened {
  readonly browser: Browser
  readonly sessions: Sessions
  /** What the store was asked. */
  readonly asked: string[]
}

/** An application with `/sign-in`, `/look`, and what a test is about. */
async function open({ store: replaced = {}, now, ...application }: Settings): Promise<Opened> {
  const memory = now === undefined ? memoryStore() : memoryStore({ now })
  const store = { ...memory, ...replaced }
  const asked: string[] = []
  const load: SessionStore['load'] = (handle) => {
    asked.push('load')
    return store.load(handle)
  }
  // A short deadline would only fail slow machines.
  const sessions = createSessions({ store: { ...store, load }, cookie: { secure: false }, deadline: '10m' })
  const { origin, close } = await serveApplication({
    render: async ({ getSession }) => viewOf(await getSession()),
    respond: ({ withSession }, request) =>
      withSession((_request, session) => {
        if (request.url.endsWith('/sign-in')) session.signIn('ada')
        return Response.json(viewOf(session))
      })(request),
    ...application,
    sessions,
  })
  onTestFinished(close)
  return { browser: openBrowser(origin), sessions, asked }
}

function viewOf({ userId, data }: NextSession): object {
  return { userId, data }
}

/** What both parts of a page show. */
function shownIn(body: string): unknown[] {
  return Array.from(body.matchAll(/<code>(.*?)<\/code>/g), ([, text = '']) =>
    JSON.parse(text.replaceAll('&quot;', '"').replaceAll('&amp;', '&')),
  )
}

/** The code of the error that a call throws or rejects with. */
async function codeOf(call: () => unknown): Promise<unknown> {
  try {
    await call()
    return 'none'
  } catch (error) {
    return SesseraError.is(error) ? error.code : (error as Error).name
  }
}

describe('a Server Component', () => {
  it('has one session a request, whichever part asks for it', async () => {
    const { browser, asked } = await open({})
    await browser.visit('/sign-in')
    asked.length = 0
    const { status, body, setCookies } = await browser.visit('/page')
    const view = { userId: 'ada', data: {} }
    expect([status, shownIn(body), setCookies, asked]).toEqual([200, [view, view], [], ['load']])
  })

  it('stores an update before it goes on, without a cookie, and loses none of those at the same time', async () => {
    const { browser } = await open({
      async render({ getSession }) {
        const session = await getSession()
        await session.update((data) => void (data['views'] = Number(data['views'] ?? 0) + 1))
        return session.data
      },
    })
    await browser.visit('/sign-in')
    const { body, setCookies } = await browser.visit('/page')
    expect([shownIn(body), setCookies]).toEqual([[{ views: expect.any(Number) }, { views: 2 }], []])
    expect(JSON.parse((await browser.visit('/look')).body)).toEqual({ userId: 'ada', data: { views: 2 } })
  })

  it('goes on only when its update is stored', async () => {
    const held = gate()
    const memory = memoryStore()
    let isHeld = false
    const { browser } = await open({
      store: {
        ...memory,
        async replace(...change) {
          if (isHeld) await held.pass()
          return memory.replace(...change)
        },
      },
      async render({ getSession }) {
        await (await getSession()).update((data) => void (data['seen'] = true))
        return 'stored'
      },
    })
    await browser.visit('/sign-in')
    isHeld = true
    const page = browser.visit('/page')
    await held.reached
    expect((await browser.visit('/look')).body).toContain('"data":{}')
    held.open()
    expect(shownIn((await page).body)).toEqual(['stored', 'stored'])
    expect((await browser.visit('/look')).body).toContain('"data":{"seen":true}')
  })

  it('throws for changes that nothing would store, and for what needs a cookie', async () => {
    const calls: Record<string, (session: NextSession) => unknown> = {
      DATA_READ_ONLY: ({ data }) => (data['cart'] = []),
      COOKIE_NOT_SETTABLE: (session) => session.signIn('bob'),
    }
    const more = [
      (session: NextSession) => session.end(),
      (session: NextSession) => session.rotate(),
      (session: NextSession) => session.reauthenticate(),
      (session: NextSession) => session.remember(),
    ]
    const { browser } = await open({
      async render({ getSession }) {
        const session = await getSession()
        return Promise.all([...Object.values(calls), ...more].map((call) => codeOf(() => call(session))))
      },
    })
    await browser.visit('/sign-in')
    const codes = [...Object.keys(calls), ...more.map(() => 'COOKIE_NOT_SETTABLE')]
    expect(shownIn((await browser.visit('/page')).body)).toEqual([codes, codes])
    expect((await browser.visit('/look')).body).toBe('{"userId":"ada","data":{}}')
  })

  it('can read, but not begin, the session of a new visitor', async () => {
    const { browser, sessions } = await open({
      async render({ getSession }) {
        const session = await getSession()
        return [viewOf(session), await codeOf(() => session.update((data) => void (data['cart'] = [])))]
      },
    })
    const shown = [{ data: {} }, 'COOKIE_NOT_SETTABLE']
    const { status, body, setCookies } = await browser.visit('/page')
    expect([status, shownIn(body), setCookies]).toEqual([200, [shown, shown], []])
    expect(await sessions.list()).toMatchObject({ sessions: [] })
  })

  it('keeps a session alive by reading it', async () => {
    const clock = fakeClock()
    const { browser } = await open({ now: clock.now })
    await browser.visit('/sign-in')
    for (let tenMinutes = 0; tenMinutes < 4; tenMinutes++) {
      clock.advance(600_000)
      const events = recordEvents('renewed')
      expect((await browser.visit('/page')).setCookies).toEqual([])
      await vi.waitFor(() => expect(events).toHaveLength(1), 10_000)
    }
    expect((await browser.visit('/look')).body).toContain('ada')
  })

  it('fails while the store does, or goes on with `onOutage`', async () => {
    const down = { load: () => Promise.reject(new Error('down')) }
    const cookie = `session=${'A'.repeat(22)}.${'A'.repeat(32)}`
    const failing = await open({ store: down })
    expect((await failing.browser.visit('/page', { cookie })).status).toBe(500)
    const lenient = await open({
      store: down,
      options: { onOutage: 'anonymous' },
      render: async ({ getSession }) => (await getSession()).unavailable,
    })
    const { status, body } = await lenient.browser.visit('/page', { cookie })
    expect([status, shownIn(body)]).toEqual([200, [true, true]])
  })
})

type Act = (session: NextSession, tools: Tools, form: FormData) => unknown

/** What a form does, with the session. */
function acting(act: Act): NonNullable<Settings['act']> {
  return (tools, form) => tools.sessionAction((session) => act(session, tools, form as FormData))()
}

const down = { insert: () => Promise.reject(new Error('down')) }

describe('a Server Function', () => {
  const view = { userId: 'ada', data: { cart: ['tea'] } }
  const signIn: Act = (session, _tools, form) => {
    session.signIn(form.get('name') as string)
    session.data['cart'] = ['tea']
  }

  it('signs in, and the page that follows in the same response sees it', async () => {
    const { browser } = await open({ act: acting(signIn) })
    const { status, body, setCookies, headers } = await sendForm(browser, '/page', { name: 'ada' })
    expect([status, shownIn(body)]).toEqual([200, [view, view]])
    expect(setCookies).toEqual([expect.stringMatching(/^session=[^;%]+; Path=\/; HttpOnly; SameSite=lax$/)])
    expect(headers['cache-control']).toContain('no-store')
    expect(JSON.parse((await browser.visit('/look')).body)).toEqual(view)
  })

  it('signs another user in, whose session the page that follows can update', async () => {
    const { browser } = await open({
      async render({ getSession }) {
        const session = await getSession()
        if (session.userId !== 'bob') return 'nobody new'
        await session.update((data) => void (data['views'] = Number(data['views'] ?? 0) + 1))
        return session.userId
      },
      act: acting(signIn),
    })
    await browser.visit('/sign-in')
    const { body } = await sendForm(browser, '/page', { name: 'bob' })
    expect(shownIn(body)).toEqual(['bob', 'bob'])
    expect(JSON.parse((await browser.visit('/look')).body)).toEqual({
      userId: 'bob',
      data: { cart: ['tea'], views: 2 },
    })
  })

  it('signs out, and the page that follows sees nobody', async () => {
    const { browser } = await open({ act: acting((session) => session.end()) })
    await browser.visit('/sign-in')
    const cookie = browser.cookies()
    const { body, setCookies } = await sendForm(browser, '/page')
    expect(shownIn(body)).toEqual([{ data: {} }, { data: {} }])
    expect(setCookies).toEqual([expect.stringMatching(/^session=; .*Max-Age=0/)])
    expect((await browser.visit('/look', { cookie })).body).toBe('{"data":{}}')
  })

  it('sets a cookie that outlives the browser', async () => {
    const { browser } = await open({ act: acting((session) => session.signIn('ada', { remember: true })) })
    const { setCookies } = await sendForm(browser, '/page')
    expect(setCookies).toEqual([expect.stringMatching(/; Expires=[^;]+; Max-Age=777\d{4};/)])
  })

  it('changes data without a cookie, and returns what it returns', async () => {
    const { browser } = await open({
      act: ({ sessionAction }, item, count) =>
        sessionAction(({ data }, ...given: unknown[]) => {
          data['cart'] = given
          return 'kept'
        })(item, count),
    })
    await browser.visit('/sign-in')
    const { status, body, setCookies } = await callAction(browser, '/page', 'tea', 2)
    expect([status, setCookies, body]).toEqual([200, [], expect.stringContaining('"kept"')])
    expect((await browser.visit('/look')).body).toContain('{"cart":["tea",2]}')
  })

  it('stores the session before its response begins', async () => {
    const held = gate()
    const memory = memoryStore()
    const { browser } = await open({
      store: {
        ...memory,
        async insert(...record) {
          await held.pass()
          return memory.insert(...record)
        },
      },
      act: acting(({ data }) => void (data['cart'] = ['tea'])),
    })
    let hasArrived = false
    const arrival = sendForm(browser, '/page').then((response) => {
      hasArrived = true
      return response
    })
    await held.reached
    for (let visit = 0; visit < 3; visit++) await browser.visit('/look', { cookie: '' })
    expect(hasArrived).toBe(false)
    held.open()
    expect((await arrival).setCookies).toHaveLength(1)
    expect((await browser.visit('/look')).body).toBe('{"data":{"cart":["tea"]}}')
  })

  it.each(['form', 'React'])('stores the session before what redirect() throws goes to the %s', async (way) => {
    const { browser } = await open({
      act: acting((session, { redirect }) => {
        session.signIn('ada')
        redirect('/look')
      }),
    })
    const { status, headers, setCookies } = await (way === 'form' ? sendForm : callAction)(browser, '/page')
    const target = way === 'form' ? headers.location : headers['x-action-redirect']
    expect([status, target]).toEqual(way === 'form' ? [303, '/look'] : [200, expect.stringMatching(/^\/look/)])
    expect(setCookies).toHaveLength(1)
    expect((await browser.visit('/look')).body).toContain('ada')
  })

  it.each<[string, number, Act]>([
    ['notFound() throws', 404, (_session, { notFound }) => notFound()],
    [
      'an error of its own',
      500,
      () => {
        throw new Error('no')
      },
    ],
  ])('discards a sign-in with %s, and stores what was changed before', async (_what, status, fail) => {
    const { browser } = await open({
      act: acting((session, ...more) => {
        session.data['tries'] = 1
        session.signIn('ada')
        return fail(session, ...more)
      }),
    })
    expect((await sendForm(browser, '/page')).status).toBe(status)
    expect((await browser.visit('/look')).body).toBe('{"data":{"tries":1}}')
  })

  it('fails if the session cannot be stored, with nothing of its redirect', async () => {
    const { browser } = await open({
      store: down,
      act: acting(({ data }, { redirect }) => {
        data['cart'] = []
        redirect('/look')
      }),
    })
    const { status, headers, setCookies } = await sendForm(browser, '/page')
    expect([status, headers.location, setCookies]).toEqual([500, undefined, []])
  })

  it('shares its session with what it calls', async () => {
    const { browser, asked } = await open({
      act: ({ sessionAction, getSession }) =>
        sessionAction(async (outer) => {
          await sessionAction((inner) => void (inner.data['inner'] = 1))()
          outer.data['outer'] = Object.is(outer, await getSession())
        })(),
    })
    await browser.visit('/sign-in')
    asked.length = 0
    const { body } = await callAction(browser, '/page')
    expect([asked, body.includes('rejected')]).toEqual([['load'], false])
    expect((await browser.visit('/look')).body).toContain('{"inner":1,"outer":true}')
  })

  it('is needed for what sets a cookie', async () => {
    let code: unknown
    const { browser } = await open({
      async act({ getSession }) {
        const session = await getSession()
        code = await codeOf(() => session.signIn('ada'))
      },
    })
    expect((await sendForm(browser, '/page')).setCookies).toEqual([])
    expect(code).toBe('COOKIE_NOT_SETTABLE')
  })

  it('is not called by another site: Next refuses that', async () => {
    const act = vi.fn<() => void>()
    const { browser } = await open({ act })
    const { status } = await sendForm(browser, '/page', {}, { origin: 'https://evil.example' })
    expect([status, act.mock.calls]).toEqual([500, []])
  })

  it('sets a Secure cookie where a proxy says that it ends HTTPS, and none elsewhere', async () => {
    const sessions = createSessions({ store: memoryStore() })
    const { origin, close } = await serveApplication({
      sessions,
      act: acting((session) => session.signIn('ada')),
      render: () => 'page',
    })
    onTestFinished(close)
    const browser = openBrowser(origin)
    const { setCookies } = await sendForm(browser, '/page', {}, { 'x-forwarded-proto': 'https' })
    expect(setCookies).toEqual([expect.stringMatching(/^__Host-session=.*; Secure; HttpOnly/)])
    expect((await sendForm(browser, '/page')).status).toBe(500)
  })
})

describe('a Route Handler', () => {
  it.each([
    ['redirect()', 307],
    ['notFound()', 404],
  ])('stores the session of what %s throws', async (call, status) => {
    const { browser } = await open({
      respond: ({ withSession, redirect, notFound }, request) =>
        withSession((_request, session) => {
          if (request.url.endsWith('/look')) return Response.json(session.data)
          session.data['tries'] = 1
          return call === 'redirect()' ? redirect('/look') : notFound()
        })(request),
    })
    const response = await browser.visit('/go')
    expect([response.status, response.headers.location]).toEqual([status, status === 307 ? '/look' : undefined])
    expect((await browser.visit('/look')).body).toBe('{"tries":1}')
  })

  it('has the session that getSession() gives to what it calls, and its context', async () => {
    const { browser } = await open({
      respond: ({ withSession, getSession }, request, context) =>
        withSession(async (_request, session, { params }: { params: Promise<object> }) => {
          ;(await getSession()).signIn('ada')
          return Response.json([session.userId, await params])
        })(request, context as { params: Promise<object> }),
    })
    const { body, setCookies } = await browser.visit('/a/b')
    expect([JSON.parse(body), setCookies.length]).toEqual([['ada', { path: ['a', 'b'] }], 1])
  })

  it('responds by the option onError', async () => {
    const { browser } = await open({
      store: down,
      options: { onError: (error) => Response.json((error as SesseraError).code, { status: 418 }) },
      respond: ({ withSession }, request) =>
        withSession((_request, { data }) => {
          data['cart'] = []
          return new Response('done')
        })(request),
    })
    const { status, body } = await browser.visit('/go')
    expect([status, body]).toEqual([418, '"STORE_UNAVAILABLE"'])
  })

  it('gives a cookie over plain HTTP during development', async () => {
    vi.stubEnv('NODE_ENV', 'development')
    const sessions = createSessions({ store: memoryStore(), cookie: { development: true } })
    vi.unstubAllEnvs()
    const { origin, close } = await serveApplication({
      sessions,
      respond: ({ withSession }, request) =>
        withSession((_request, session) => {
          session.signIn('ada')
          return new Response()
        })(request),
    })
    onTestFinished(close)
    expect((await openBrowser(origin).visit('/go')).setCookies).toHaveLength(1)
  })
})

it('all of them share sessions that a module of the application makes', async () => {
  const { browser } = await open({})
  const { status, headers } = await sendForm(browser, '/shop', { name: 'ada' })
  expect([status, headers.location]).toEqual([303, '/shop'])
  expect((await browser.visit('/shop')).body).toContain('Hello ada')
  expect((await browser.visit('/shop', { cookie: '' })).body).toContain('Hello undefined')
  expect((await browser.visit('/shop/who')).body).toBe('"ada"')
})

describeGuards('Next', {
  serve: (sessions) =>
    serveApplication({
      sessions,
      async respond({ withSession, requireUser, requireRecentSignIn }, request) {
        const { pathname } = new URL(request.url)
        const toLogin = requireUser({ redirectTo: '/login' })
        const guards = {
          '/login': toLogin,
          '/account': toLogin,
          '/plain': requireUser(),
          '/email': requireRecentSignIn('10m'),
        }
        if (pathname === '/unmounted') await requireUser()({ userId: undefined }, request)
        return withSession(async (asked, session) => {
          if (pathname === '/sign-in') {
            session.signIn('ada')
            return new Response(null, { status: 303, headers: { Location: returnPath(asked, '/home') } })
          }
          await guards[pathname as keyof typeof guards]?.(session, asked)
          return new Response(pathname)
        })(request)
      },
    }),
})

describe('the guards for Next', () => {
  it('redirect a page and a Server Function to where to sign in, and back to what they name', async () => {
    let isGuarded = true
    const { browser } = await open({
      async render({ getSession, requireUser }) {
        if (isGuarded) await requireUser({ redirectTo: '/login' })(await getSession(), '/page?part=1')
        return 'page'
      },
      act: acting((session, { requireUser }) => requireUser({ redirectTo: '/login' })(session, '/page?part=2')),
    })
    const { status, headers } = await browser.visit('/page')
    expect([status, headers.location]).toEqual([307, '/login?return=%2Fpage%3Fpart%3D1'])
    isGuarded = false
    expect((await sendForm(browser, '/page')).headers.location).toBe('/login?return=%2Fpage%3Fpart%3D2')
    isGuarded = true
    await browser.visit('/sign-in')
    expect(shownIn((await browser.visit('/page')).body)).toEqual(['page', 'page'])
  })

  it('say to a Server Function where its form was to come back to, on this origin only', async () => {
    const { browser } = await open({
      act: acting((_session, { redirect }, form) => redirect(returnPath(form, '/home'))),
    })
    for (const [back, location] of [
      ['/page?part=1', '/page?part=1'],
      ['//evil.example', '/home'],
    ]) {
      expect((await sendForm(browser, '/page', { return: back })).headers.location).toBe(location)
    }
    expect((await sendForm(browser, '/page')).headers.location).toBe('/home')
  })

  it('throw in a page if they are not to redirect it', async () => {
    const { browser } = await open({
      render: async ({ getSession, requireUser, requireRecentSignIn }) => {
        const session = await getSession()
        return [await codeOf(() => requireUser()(session)), await codeOf(() => requireRecentSignIn('10m')(session))]
      },
    })
    const { body } = await browser.visit('/page')
    expect(shownIn(body)[0]).toEqual(['NOT_SIGNED_IN', 'NOT_SIGNED_IN'])
  })
})
