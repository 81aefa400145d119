import { createSessions, memoryStore, NotSignedInError, type Session, type SessionStore } from 'sessera'
import { fetchSessions, returnPath } from 'sessera/fetch'
import { describeAdapter, type AdapterHarness } from 'sessera/testing'
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { openBrowser, type Browser, type BrowserResponse } from '../../../src/testing/browser.js'
import { fetchResponse } from '../fetch/fetch-response.js'
import { serveApplication, type Application, type Start, type Tools } from './application.js'

// What nobody handles is printed.
const printed = (['error', 'warn'] as const).map((level) => vi.spyOn(console, level).mockImplementation(() => {}))
afterAll(() => printed.forEach((spy) => spy.mockRestore()))

const harness: AdapterHarness = {
  serve(sessions, routes, mounts) {
    const once = fetchSessions(sessions, (request, session, start: Start) =>
      // With its signal, TanStack Start does not wait for the handlers of a client that has disconnected.
      start(
        session as unknown as Session,
        new Request(request.url, { method: request.method, headers: request.headers }),
      ),
    )
    const twice = fetchSessions(sessions, (request, _session, start: Start) => once(request, start))
    return serveApplication({
      serve: mounts === 1 ? once : twice,
      async respond(session, request, { redirect }) {
        const route = routes[new URL(request.url).pathname]
        try {
          return fetchResponse(await route!(session))
        } catch (error) {
          const { redirectTo } = error as { readonly redirectTo?: string }
          throw redirectTo === undefined ? error : redirect({ href: redirectTo, statusCode: 303 })
        }
      },
    })
  },
  redirect: (location) => ({ redirectTo: location }),
}
describeAdapter({ describe, it }, 'the adapter for fetch, around TanStack Start', harness)

interface Opened {
  readonly browser: Browser
  /** Calls a server function: as the router does in a browser, or as a form does, which needs a response. */
  call(name: 'action' | 'guarded', by?: 'router' | 'form'): Promise<BrowserResponse>
}

async function open(application: Partial<Application>, store: Partial<SessionStore> = {}): Promise<Opened> {
  const sessions = createSessions({ store: { ...memoryStore(), ...store }, cookie: { secure: false } })
  const { origin, close } = await serveApplication({
    serve: fetchSessions(sessions, (request, session, start: Start) => start(session, request)),
    respond: viewOf,
    load: ({ userId, data }) => ({ userId, data }),
    ...application,
  })
  onTestFinished(close)
  const browser = openBrowser(origin)
  return {
    browser,
    async call(name, by = 'router') {
      const { [name]: path } = shownIn(await browser.visit('/login'))
      const type =
        by === 'form' ? { 'content-type': 'application/x-www-form-urlencoded' } : { 'x-tsr-serverFn': 'true' }
      return browser.visit(path, { method: 'POST', headers: { origin, 'sec-fetch-site': 'same-origin', ...type } })
    },
  }
}

const viewOf = ({ userId, data }: Session): Response => Response.json({ userId, data })

/** What a page shows. */
function shownIn({ body }: BrowserResponse): { loaded: unknown; action: string; guarded: string } {
  const [, text = body] = /<code>(.*?)<\/code>/.exec(body) ?? []
  return JSON.parse(text.replaceAll('&quot;', '"').replaceAll('&amp;', '&')) as ReturnType<typeof shownIn>
}

const signIn: Application['act'] = (session, { redirect }) => {
  session.signIn('ada')
  throw redirect({ href: '/page', statusCode: 303 })
}

describe('sessions in TanStack Start', () => {
  it.each(['form', 'router'] as const)('are signed in and out by a server function, called by a %s', async (by) => {
    let act = signIn
    const { browser, call } = await open({ act: (...given) => act(...given) })
    const { status, headers, body, setCookies } = await call('action', by)
    expect(setCookies).toHaveLength(1)
    if (by === 'form') expect([status, headers.location]).toEqual([303, '/page'])
    else expect([status, JSON.parse(body)]).toMatchObject([200, { href: '/page', isSerializedRedirect: true }])
    expect(shownIn(await browser.visit('/page')).loaded).toEqual({ userId: 'ada', data: {} })
    act = (session, { redirect }) => {
      session.end()
      throw redirect({ href: '/page', statusCode: 303 })
    }
    expect((await call('action', by)).setCookies).toEqual([expect.stringContaining('Max-Age=0')])
    expect(shownIn(await browser.visit('/page')).loaded).toEqual({ data: {} })
  })

  it('are stored before the page that a loader changed them for, with the cookies of the application', async () => {
    const { browser } = await open({
      load(session, { setCookie }) {
        setCookie('theme', 'dark')
        session.data['views'] = 1
        return 'loaded'
      },
    })
    const response = await browser.visit('/page')
    expect([response.status, response.headers['cache-control']]).toEqual([200, 'no-store'])
    expect(response.setCookies.map((text) => text.split('=')[0])).toEqual(['theme', 'session'])
    expect(shownIn(response).loaded).toBe('loaded')
    expect((await browser.visit('/look')).body).toBe('{"data":{"views":1}}')
  })

  it.each<[string, number, (tools: Tools) => unknown]>([
    ['that nobody foresaw', 500, () => new Error('secret')],
    ['of Sessera', 401, () => new NotSignedInError()],
  ])('keep what changed before an error %s, and no sign-in', async (_name, status, makeError) => {
    const fail: Application['act'] = (session, tools) => {
      session.data['tries'] = 1
      session.signIn('ada', { keep: ['tries'] })
      throw makeError(tools)
    }
    const { browser } = await open({
      load: fail,
      respond: (session, request, tools) => (request.url.endsWith('/fail') ? fail(session, tools) : viewOf(session)),
    })
    for (const [path, expected] of [
      ['/fail', status],
      ['/page', 500],
    ] as const) {
      browser.jar.clear()
      const response = await browser.visit(path)
      expect([response.status, response.setCookies.length]).toEqual([expected, 1])
      expect((await browser.visit('/look')).body).toBe('{"data":{"tries":1}}')
    }
  })

  it('are stored when a loader finds nothing', async () => {
    const { browser } = await open({
      load(session, { notFound }) {
        session.data['tries'] = 1
        throw notFound()
      },
    })
    const { status, setCookies } = await browser.visit('/page')
    expect([status, setCookies.length]).toEqual([404, 1])
    expect((await browser.visit('/look')).body).toBe('{"data":{"tries":1}}')
  })

  it('keep a sign-in of a server function that fails, unless it sets the status of an error', async () => {
    let status = 200
    const { browser, call } = await open({
      act(session, { setResponseStatus }) {
        session.signIn('ada')
        setResponseStatus(status)
        throw new Error('failed')
      },
    })
    expect((await call('action')).status).toBe(200)
    expect((await browser.visit('/look')).body).toBe('{"userId":"ada","data":{}}')
    browser.jar.clear()
    status = 422
    expect((await call('action')).status).toBe(422)
    expect((await browser.visit('/look')).body).toBe('{"data":{}}')
  })

  it('are a 503 when they cannot be stored, with nothing of the response left', async () => {
    const change: Application['act'] = ({ data }) => void (data['cart'] = ['tea'])
    const respond: Application['respond'] = (session, _request, tools) => (change(session, tools), new Response('done'))
    const down = { insert: () => Promise.reject(new Error('down')) }
    const { browser, call } = await open({ act: change, load: change, respond }, down)
    for (const visit of [() => call('action'), () => browser.visit('/page'), () => browser.visit('/go')]) {
      const { status, headers, body, setCookies } = await visit()
      expect([status, body, setCookies, headers['cache-control']]).toEqual([503, '', [], 'private'])
      expect(Number(headers['retry-after'])).toBeGreaterThan(0)
    }
  })

  it('guard pages and server functions, and lead back to where a visitor came from', async () => {
    const { browser, call } = await open({
      act: ({ userId }) => userId,
      respond(session, request, { redirect }) {
        session.signIn('ada')
        return redirect({ href: returnPath(request), statusCode: 303 })
      },
    })
    const { status, headers } = await browser.visit('/account')
    expect([status, headers.location]).toEqual([307, '/login?return=%2Faccount'])
    expect((await call('guarded', 'form')).status).toBe(307)
    const signedIn = await browser.visit('/login?return=%2Faccount', { method: 'POST' })
    expect([signedIn.status, signedIn.headers.location]).toEqual([303, '/account'])
    expect(shownIn(await browser.visit('/account')).loaded).toBe('account')
    expect((await call('guarded')).body).toContain('"ada"')
  })
})
