import { createServer, request as sendRequest, type RequestListener } from 'node:http'
import type { ErrorRequestHandler, Express, RequestHandler } from 'express'
import { createSessions, memoryStore, SesseraError, type SessionStore } from 'sessera'
import {
  blockedRequest,
  expressSessions,
  requireRecentSignIn,
  requireUser,
  resumeBlockedRequest,
  returnPath,
} from 'sessera/express'
import { fakeClock } from 'sessera/testing'
import { describe, expect, it } from 'vitest'
import { openBrowser, type Browser, type BrowserRequest, type BrowserResponse } from '../../../src/testing/browser.js'
import { formPost } from '../../support/form.js'
import { listenInTest } from '../../support/listen-in-test.js'

/** What `express` exports, of either version. */
export type ExpressModule = (() => Express) & { urlencoded: (options: { extended: boolean }) => RequestHandler }

const asPage = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
const asOurs = { ...asPage, 'sec-fetch-site': 'same-origin' }
const page: BrowserRequest = { headers: asPage }

/** A form that a page of the application sends. */
function form(
  fields: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = asOurs,
): BrowserRequest {
  const sent = formPost(fields)
  return { ...sent, headers: { ...sent.headers, ...headers } }
}

function returnOf({ headers }: BrowserResponse): string | null {
  return new URL(headers.location ?? '', 'http://localhost').searchParams.get('return')
}

/** What the form on a page sends. */
function formOn({ body }: BrowserResponse): { action: string; fields: Record<string, string>; submitsItself: boolean } {
  const plain = (text = ''): string =>
    text.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
  const fields = Array.from(body.matchAll(/name="([^"]*)" value="([^"]*)"/g), ([, name, value]) => [
    plain(name),
    plain(value),
  ])
  return {
    action: plain(/action="([^"]*)"/.exec(body)?.[1]),
    fields: Object.fromEntries(fields),
    submitsItself: body.includes('<script>'),
  }
}

/** The guards on Express 4 or 5, over real HTTP. */
export function describeGuards(version: string, express: ExpressModule): void {
  async function shop({ store, extended = false }: { store?: SessionStore; extended?: boolean } = {}) {
    const clock = fakeClock()
    const sessions = createSessions({
      store: store ?? memoryStore({ now: clock.now }),
      cookie: { secure: false },
      idleTimeout: '2h',
    })
    const app = express()
    app.set('env', 'test')
    app.use(express.urlencoded({ extended }))
    app.use(expressSessions(sessions, { onOutage: 'anonymous' }))
    app.get('/login', (_request, response) => response.send('who are you?'))
    app.post('/login', (request, response) => {
      request.session.signIn('ada', { keep: ['blockedRequest'] })
      resumeBlockedRequest(request, response, '/home')
    })
    app.get('/confirm', (_request, response) => response.send('still you?'))
    app.post('/confirm', (request, response) => {
      if (request.body.password !== 'right') return void response.status(403).send('wrong')
      request.session.reauthenticate()
      resumeBlockedRequest(request, response, '/home')
    })
    app.post('/own-page', (request, response) => void response.json(blockedRequest(request) ?? null))
    app.all('/plain', requireUser(), (_request, response) => response.send('plain'))
    app.use('/account', requireUser({ redirectTo: '/login' }))
    app.all('/account/:part', (request, response) =>
      response.json({ part: request.params.part, body: request.body ?? {} }),
    )
    app.all('/email', requireRecentSignIn('10m'), (_request, response) => response.send('email'))
    app.all('/transfer', requireRecentSignIn('10m', { redirectTo: '/confirm?for=money' }), (request, response) =>
      response.json(request.body),
    )
    app.use(((error, _request, response, _next) => {
      const { code, status, expose } = error as SesseraError
      response.status(status).json({ code, expose, isOurs: SesseraError.is(error) })
    }) satisfies ErrorRequestHandler)
    const { origin } = await listenInTest(createServer(app as RequestListener))
    const browser = openBrowser(origin)
    return { browser, clock, sessions, origin, open: () => openBrowser(origin) }
  }

  async function signedIn(options?: Parameters<typeof shop>[0]) {
    const all = await shop(options)
    await all.browser.visit('/login', form({}))
    return all
  }

  const signIn = (browser: Browser, back: string) =>
    browser.visit(`/login?return=${encodeURIComponent(back)}`, form({ name: 'ada' }))
  const confirm = (browser: Browser, back: string, password = 'right') =>
    browser.visit(`/confirm?return=${encodeURIComponent(back)}`, form({ password }))

  describe(`requireUser on ${version}`, () => {
    it('lets signed-in users through and gives others a 401 that says nothing to visitors', async () => {
      const { browser } = await shop()
      for (const request of [page, form({}), { method: 'DELETE' }]) {
        const { status, body, setCookies } = await browser.visit('/plain', request)
        expect({ status, setCookies, ...JSON.parse(body) }).toEqual({
          status: 401,
          setCookies: [],
          code: 'NOT_SIGNED_IN',
          expose: false,
          isOurs: true,
        })
      }
      await signIn(browser, '/')
      expect((await browser.visit('/plain')).body).toBe('plain')
    })

    it('sends a browser to the login page, and back to where it was', async () => {
      const { browser } = await shop()
      const blocked = await browser.visit('/account/orders?page=2&of=a%20b', page)
      expect(blocked).toMatchObject({ status: 303, setCookies: [] })
      expect(blocked.headers.location).toMatch(/^\/login\?return=/)
      expect(blocked.headers['cache-control']).toBe('private')
      expect(returnOf(blocked)).toBe('/account/orders?page=2&of=a%20b')
      expect(await browser.visit(blocked.headers.location!, page)).toMatchObject({ status: 200, body: 'who are you?' })
      const back = await browser.visit(blocked.headers.location!, form({ name: 'ada' }))
      expect(back).toMatchObject({ status: 303, headers: { location: '/account/orders?page=2&of=a%20b' } })
      expect((await browser.visit(back.headers.location!, page)).body).toContain('orders')
    })

    it('gives a program the error, for it cannot use a page', async () => {
      const { browser } = await shop()
      for (const headers of [{ accept: '*/*' }, { accept: 'application/json' }, {}])
        expect(await browser.visit('/account/orders', { headers })).toMatchObject({ status: 401 })
      for (const method of ['PUT', 'DELETE', 'PATCH'])
        expect(await browser.visit('/account/orders', { method, headers: asOurs })).toMatchObject({ status: 401 })
    })

    it.each(['//evil.example/x', '/\\evil.example', `/account/${'x'.repeat(3_000)}`])(
      'never says where to come back to for a path that leads elsewhere or is too long (%#)',
      async (path) => {
        const app = express()
        app.use(
          expressSessions(createSessions({ cookie: { secure: false } })),
          requireUser({ redirectTo: '/login?x=1#top' }),
        )
        const { origin } = await listenInTest(createServer(app as RequestListener))
        const { status, location } = await rawGet(origin, path)
        expect({ status, location }).toEqual({ status: 303, location: '/login?x=1#top' })
      },
    )

    it('lets the page through that it sends to, even where it guards everything', async () => {
      const app = express()
      app.use(expressSessions(createSessions({ cookie: { secure: false } })), requireUser({ redirectTo: '/login' }))
      app.all('/login', (request, response) => response.send(request.method))
      const browser = openBrowser((await listenInTest(createServer(app as RequestListener))).origin)
      expect((await browser.visit('/login?return=/x', page)).body).toBe('GET')
      expect((await browser.visit('/login', form({}))).body).toBe('POST')
      expect((await browser.visit('/login/x', page)).status).toBe(303)
    })

    it('is an outage during an outage: nobody is sent to the login page for it', async () => {
      let isDown = false
      const store = memoryStore()
      const load: SessionStore['load'] = async (handle) => {
        if (isDown) throw new Error('down')
        return store.load(handle)
      }
      const { browser } = await signedIn({ store: { ...store, load } })
      isDown = true
      expect(await browser.visit('/account/orders', page)).toMatchObject({ status: 503 })
    })

    it('says so where no session is mounted', async () => {
      const app = express()
      app.set('env', 'test')
      app.use(requireUser({ redirectTo: '/login' }))
      app.use(((error, _request, response, _next) => response.send(error.message)) satisfies ErrorRequestHandler)
      const browser = openBrowser((await listenInTest(createServer(app as RequestListener))).origin)
      expect((await browser.visit('/', page)).body).toContain('mount the sessions before the guard')
    })
  })

  describe(`requireRecentSignIn on ${version}`, () => {
    it('gives a 401 to visitors, lets a recent sign-in through, and later gives a 403', async () => {
      const { browser, clock } = await shop()
      expect(await browser.visit('/email', page)).toMatchObject({
        status: 401,
        body: expect.stringContaining('NOT_SIGNED_IN'),
      })
      await signIn(browser, '/')
      clock.advance(599_999)
      expect(await browser.visit('/email', page)).toMatchObject({ status: 200 })
      clock.advance(1)
      const late = await browser.visit('/email', page)
      expect({ status: late.status, ...JSON.parse(late.body) }).toEqual({
        status: 403,
        code: 'RECENT_SIGN_IN_REQUIRED',
        expose: false,
        isOurs: true,
      })
    })

    it('sends a browser to prove who it is, and back; a wrong password changes nothing', async () => {
      const { browser, clock } = await signedIn()
      clock.advance(3_600_000)
      const blocked = await browser.visit('/transfer?to=bob', page)
      expect(blocked).toMatchObject({
        status: 303,
        headers: { location: '/confirm?for=money&return=%2Ftransfer%3Fto%3Dbob' },
      })
      expect(await confirm(browser, '/transfer?to=bob', 'wrong')).toMatchObject({ status: 403 })
      expect((await browser.visit('/transfer?to=bob', page)).status).toBe(303)
      expect(await confirm(browser, '/transfer?to=bob')).toMatchObject({
        status: 303,
        headers: { location: '/transfer?to=bob' },
        setCookies: [expect.any(String)],
      })
      expect((await browser.visit('/transfer?to=bob', page)).status).toBe(200)
    })

    it.each(['10', 'soon', 600, undefined])('throws at start for a duration such as %s', (wrong) => {
      expect(() => requireRecentSignIn(wrong as never)).toThrow(/^Option maxAge /)
    })

    it.each(['login', '//evil.example', 'https://evil.example/', '', 7])(
      'throws at start for redirectTo: %s',
      (wrong) => {
        expect(() => requireUser({ redirectTo: wrong as never })).toThrow(/^Option redirectTo must be a path/)
        expect(() => requireRecentSignIn('10m', { redirectTo: wrong as never })).toThrow(/^Option redirectTo /)
      },
    )

    it('throws at start for an unknown option', () => {
      expect(() => requireUser({ redirect: '/login' } as never)).toThrow(/redirect is not known/)
    })
  })

  describe(`a blocked form on ${version}`, () => {
    const odd = { amount: '5', note: 'a&b=c "<ü>"\r\n\'x\'', submit: 'now' }

    it('is kept and sends itself again once the user has re-authenticated; nothing is lost', async () => {
      const { browser, clock, sessions } = await signedIn()
      clock.advance(3_600_000)
      const blocked = await browser.visit('/transfer?to=bob', form(odd))
      expect(blocked).toMatchObject({ status: 303 })
      const resumed = await confirm(browser, returnOf(blocked)!)
      expect(resumed).toMatchObject({
        status: 200,
        headers: { 'cache-control': 'no-store', 'referrer-policy': 'same-origin' },
      })
      expect(formOn(resumed)).toEqual({ action: '/transfer?to=bob', fields: odd, submitsItself: true })
      expect(resumed.headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'sha256-/)
      expect(JSON.parse((await browser.visit('/transfer?to=bob', form(formOn(resumed).fields))).body)).toEqual(odd)
      // It is not kept any longer.
      expect((await confirm(browser, returnOf(blocked)!)).status).toBe(303)
      expect(await sessions.user('ada').count()).toBe(1)
    })

    it('of a visitor whose session had ended is kept over the sign-in, and waits for the button', async () => {
      const { browser } = await shop()
      const blocked = await browser.visit('/account/name', form({ name: 'Ada' }))
      expect(blocked).toMatchObject({ status: 303, setCookies: [expect.any(String)] })
      const resumed = await signIn(browser, returnOf(blocked)!)
      expect(formOn(resumed)).toEqual({ action: '/account/name', fields: { name: 'Ada' }, submitsItself: false })
      expect(resumed.body).toContain('<button')
      expect((await browser.visit('/account/name', form({ name: 'Ada' }))).body).toBe(
        '{"part":"name","body":{"name":"Ada"}}',
      )
    })

    it('without fields is kept too', async () => {
      const { browser } = await shop()
      const blocked = await browser.visit('/account/close', { method: 'POST', headers: asOurs })
      expect(formOn(await signIn(browser, returnOf(blocked)!))).toMatchObject({ action: '/account/close', fields: {} })
    })

    it('can be taken by the application', async () => {
      const { browser, clock } = await signedIn()
      clock.advance(3_600_000)
      const blocked = await browser.visit('/transfer', form({ amount: '5' }))
      const take = () => browser.visit('/own-page', form({ return: returnOf(blocked)! }))
      expect(JSON.parse((await take()).body)).toEqual({
        method: 'POST',
        url: '/transfer',
        body: 'amount=5',
        userId: 'ada',
      })
      expect((await take()).body).toBe('null')
    })

    it('is sent only to who comes back to it, never when the user confirms something else', async () => {
      const { browser, clock } = await signedIn()
      clock.advance(3_600_000)
      await browser.visit('/transfer', form({ amount: '5' }))
      const other = await browser.visit('/transfer', page)
      expect(await confirm(browser, returnOf(other)!)).toMatchObject({
        status: 303,
        headers: { location: '/transfer' },
      })
    })

    it('keeps fields that occur several times', async () => {
      for (const [extended, name] of [
        [false, 'to'],
        [true, 'to[]'],
      ] as const) {
        const { browser } = await shop({ extended })
        const send = (values: string[]) =>
          browser.visit('/account/x', {
            ...form({}),
            body: new URLSearchParams(values.map((value): [string, string] => [name, value])).toString(),
          })
        const several = await signIn(browser, returnOf(await send(['a', 'b']))!)
        expect(several.body.match(/value="[ab]"/g)).toEqual(['value="a"', 'value="b"'])
      }
    })

    it('with a list of one keeps it a list', async () => {
      const { browser } = await shop({ extended: true })
      const blocked = await browser.visit('/account/x', { ...form({}), body: 'to[]=a' })
      expect(formOn(await signIn(browser, returnOf(blocked)!)).fields).toEqual({ 'to[]': 'a' })
    })

    it.each<[string, BrowserRequest]>([
      ['another site sent', form({ to: 'eve' }, { ...asPage, 'sec-fetch-site': 'cross-site' })],
      ['a sibling domain sent', form({ to: 'eve' }, { ...asPage, 'sec-fetch-site': 'same-site' })],
      ['another origin sent', form({ to: 'eve' }, { ...asPage, origin: 'https://evil.example' })],
      ['a page without an origin sent', form({ to: 'eve' }, { ...asPage, origin: 'null' })],
      ['nobody knows who sent', form({ to: 'eve' }, asPage)],
      ['is not for a page', form({ to: 'eve' }, { 'sec-fetch-site': 'same-origin' })],
      ['has a password', form({ newPassword: 'x' })],
      ['has a card number', form({ card_number: '4111' })],
      ['is too large', form({ text: 'x'.repeat(16_384) })],
      ['is JSON', { method: 'POST', headers: { ...asOurs, 'content-type': 'application/json' }, body: '{"to":"eve"}' }],
      [
        'has files',
        { method: 'POST', headers: { ...asOurs, 'content-type': 'multipart/form-data; boundary=x' }, body: '--x--' },
      ],
    ])('that %s is not kept, and gets the error', async (_what, request) => {
      const { browser } = await shop()
      expect(await browser.visit('/account/x', request)).toMatchObject({ status: 401, setCookies: [] })
    })

    it('with values that are no texts is not kept', async () => {
      const { browser } = await shop({ extended: true })
      expect(await browser.visit('/account/x', { ...form({}), body: 'a[b]=c' })).toMatchObject({
        status: 401,
        setCookies: [],
      })
    })

    it('that nobody parsed is not kept: it would come back empty', async () => {
      const app = express()
      app.set('env', 'test')
      app.use(expressSessions(createSessions({ cookie: { secure: false } })), requireUser({ redirectTo: '/login' }))
      const browser = openBrowser((await listenInTest(createServer(app as RequestListener))).origin)
      expect((await browser.visit('/x', form({ a: 'b' }))).status).toBe(401)
    })

    it('from a browser without Sec-Fetch-Site is kept if its origin is this one', async () => {
      const { browser, origin } = await shop()
      expect((await browser.visit('/account/x', form({ a: 'b' }, { ...asPage, origin }))).status).toBe(303)
    })

    it('of one user is not given to another', async () => {
      const { browser, clock, sessions, origin } = await signedIn()
      clock.advance(3_600_000)
      const blocked = await browser.visit('/transfer', form({ amount: '5' }))
      const { session, commit } = await sessions.open(browser.cookies())
      const kept = session.data['blockedRequest'] as object
      session.signIn('bob')
      session.data['blockedRequest'] = kept
      const { setCookies } = await commit()
      const cookie = setCookies[0]!.split(';', 1)[0]!
      const taken = await openBrowser(origin).visit('/own-page', { ...form({ return: returnOf(blocked)! }), cookie })
      expect(taken.body).toBe('null')
    })
  })

  describe(`returnPath on ${version}`, () => {
    async function answer(sent: (browser: Browser) => Promise<BrowserResponse>): Promise<string> {
      const app = express()
      app.use(express.urlencoded({ extended: true }))
      app.all('/', (request, response) => response.json(returnPath(request, '/home')))
      const { origin } = await listenInTest(createServer(app as RequestListener))
      return JSON.parse((await sent(openBrowser(origin))).body) as string
    }

    it('is what the query or the form says', async () => {
      expect(await answer((browser) => browser.visit('/?return=%2Fa%3Fb%3Dc'))).toBe('/a?b=c')
      expect(await answer((browser) => browser.visit('/', form({ return: '/a b/ü' })))).toBe('/a%20b/%C3%BC')
      expect(await answer((browser) => browser.visit('/'))).toBe('/home')
    })

    it.each([
      '//evil.example',
      '///evil.example',
      '/\\evil.example',
      '\\\\evil.example',
      '/\t/evil.example',
      '/\n/evil.example',
      '\t//evil.example',
      ' //evil.example',
      '/..//evil.example',
      '/./\\evil.example',
      '/%2e%2e//evil.example',
      'https://evil.example',
      'javascript:alert(1)',
      'evil.example',
      '/a\r\nSet-Cookie: x=y',
      '/\0',
      '/\u0085',
      '',
      `/${'x'.repeat(2_000)}`,
    ])('is the fallback for %j', async (path) => {
      expect(await answer((browser) => browser.visit(`/?return=${encodeURIComponent(path)}`))).toBe('/home')
      expect(await answer((browser) => browser.visit('/', form({ return: path })))).toBe('/home')
    })

    it('is the fallback for what is no text', async () => {
      expect(await answer((browser) => browser.visit('/?return=/a&return=/b'))).toBe('/home')
      expect(await answer((browser) => browser.visit('/?return[x]=/a'))).toBe('/home')
    })
  })
}

/** A GET of exactly this path, which a `URL` would take for another host. */
function rawGet(origin: string, path: string): Promise<{ status: number; location: string | undefined }> {
  const { hostname, port } = new URL(origin)
  return new Promise((resolve, reject) => {
    sendRequest({ hostname, port, path, headers: asPage, agent: false }, (response) => {
      response.resume()
      resolve({ status: response.statusCode ?? 0, location: response.headers.location })
    })
      .on('error', reject)
      .end()
  })
}
