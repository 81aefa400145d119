import { HTTPError, HTTPResponse, redirect, setCookie, type H3, type H3Config } from 'h3'
import { createSessions, memoryStore, SesseraError } from 'sessera'
import { h3Sessions, type FetchSessionOptions } from 'sessera/h3'
import { describeAdapter } from 'sessera/testing'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { openBrowser, type Browser } from '../../../src/testing/browser.js'
import { recordEvents } from '../../support/record-events.js'
import { h3Harness, listenWithH3, silentH3 } from './h3-harness.js'

describeAdapter({ describe, it }, 'the adapter for h3', h3Harness)

const down = { insert: () => Promise.reject(new Error('down')) }

async function open(
  routes: (app: H3) => void,
  { store = {}, config = {}, options = {} }: { store?: object; config?: H3Config; options?: FetchSessionOptions } = {},
): Promise<Browser> {
  const sessions = createSessions({ store: { ...memoryStore(), ...store }, cookie: { secure: false } })
  const app = silentH3(config).use(h3Sessions(sessions, options))
  app.get('/look', ({ context }) => context.session.data)
  routes(app)
  const { origin, close } = await listenWithH3(app)
  onTestFinished(close)
  return openBrowser(origin)
}

describe('the adapter for h3', () => {
  it.each([
    ['a text', () => 'text', 200, 'text'],
    ['an object', () => ({ a: 1 }), 200, '{"a":1}'],
    ['nothing', () => null, 200, ''],
    ['bytes', () => new TextEncoder().encode('bytes'), 200, 'bytes'],
    ['a response of h3', () => new HTTPResponse('made', { status: 201 }), 201, 'made'],
    ['a stream', () => ReadableStream.from(['one', ' two']).pipeThrough(new TextEncoderStream()), 200, 'one two'],
    ['a redirect', () => redirect('/look', 303), 303, undefined],
    ['a response that cannot be changed', () => Response.redirect('http://localhost/look', 303), 303, ''],
    ['an error', () => new HTTPError({ status: 418, message: 'no' }), 418, undefined],
  ])('stores the session of a handler that returns %s', async (_name, handler, status, body) => {
    const browser = await open((app) =>
      app.get('/', (event) => {
        event.context.session.data['cart'] = ['tea']
        setCookie(event, 'theme', 'dark')
        return handler()
      }),
    )
    const response = await browser.visit('/')
    expect(response.status).toBe(status)
    if (body !== undefined) expect(response.body).toBe(body)
    // As h3 does it: cookies of the application go with what is no error.
    const names = response.setCookies.map((text) => text.split('=')[0])
    expect(names).toEqual(status < 400 ? ['theme', 'session'] : ['session'])
    expect(response.headers['cache-control']).toBe('no-store')
    expect((await browser.visit('/look')).body).toBe('{"cart":["tea"]}')
  })

  it('replaces a cookie of its own name that is in a response already', async () => {
    const browser = await open((app) =>
      app.get('/', ({ context, res }) => {
        context.session.data['cart'] = []
        res.headers.append('Set-Cookie', 'session=old')
        return new Response('', { headers: { 'Set-Cookie': 'session=older' } })
      }),
    )
    const { setCookies } = await browser.visit('/')
    expect(setCookies).toHaveLength(1)
    expect((await browser.visit('/look')).body).toBe('{"cart":[]}')
  })

  it('sends the cookie with errors that h3 makes, thrown ones and missing routes', async () => {
    const browser = await open((app) => {
      app.use(({ context }) => void (context.session.data['tries'] = 1))
      app.get('/throw', () => {
        throw new HTTPError({ status: 422, headers: { 'x-problem': 'yes' } })
      })
    })
    const { status, headers, setCookies } = await browser.visit('/throw')
    expect([status, headers['x-problem'], setCookies.length]).toEqual([422, 'yes', 1])
    const missing = await browser.visit('/missing', { cookie: '' })
    expect([missing.status, missing.setCookies.length]).toEqual([404, 1])
  })

  it('lets onError respond with an object, and keeps the cookie', async () => {
    const onError = (error: HTTPError): object => ({ problem: error.status })
    const browser = await open(
      (app) =>
        app.get('/', ({ context }) => {
          context.session.data['tries'] = 1
          throw new HTTPError({ status: 422 })
        }),
      { config: { onError } },
    )
    expect((await browser.visit('/')).body).toBe('{"problem":422}')
    expect((await browser.visit('/look')).body).toBe('{"tries":1}')
  })

  it.each<[string, H3Config['onError']]>([
    ['a response', () => new Response('sorry', { status: 422 })],
    ['one with the headers of the event', (_, { res }) => new Response('', { status: 422, headers: res.errHeaders })],
    ['one that cannot be changed', () => Response.redirect('http://localhost/sorry', 303)],
  ])('lets onError respond with %s, and keeps the cookie', async (_name, onError) => {
    const browser = await open(
      (app) =>
        app.get('/fail', ({ context }) => {
          context.session.data['tries'] = 1
          throw new HTTPError({ status: 422 })
        }),
      { config: { onError: onError! } },
    )
    for (const tries of [1, 2]) {
      const { headers, setCookies } = await browser.visit('/fail')
      expect([headers['cache-control'], setCookies.length]).toEqual(tries === 1 ? ['no-store', 1] : ['private', 0])
    }
    expect((await browser.visit('/look')).body).toBe('{"tries":1}')
  })

  it('leaves the errors of routes without sessions to onError', async () => {
    const onError: H3Config['onError'] = ({ status }) => new Response(String(status), { status })
    const sessions = createSessions({ store: memoryStore(), cookie: { secure: false } })
    const app = silentH3({ onError })
      .use('/shop/**', h3Sessions(sessions))
      .use('/shop/**', ({ context }) => void (context.session.data['cart'] = []))
    const { origin, close } = await listenWithH3(app)
    onTestFinished(close)
    for (const [path, caching] of [
      ['/shop/missing', 'no-store'],
      ['/missing', undefined],
    ] as const) {
      const { status, headers } = await openBrowser(origin).visit(path)
      expect([status, headers['cache-control']]).toEqual([404, caching])
    }
  })

  it('gives a session that cannot be stored to onError, with nothing of the response left', async () => {
    const onError = vi.fn<(error: HTTPError) => object>((error) => ({
      code: SesseraError.is(error.cause) ? error.cause.code : 'else',
    }))
    const browser = await open(
      (app) =>
        app.get('/', (event) => {
          event.context.session.data['cart'] = []
          event.res.status = 201
          setCookie(event, 'theme', 'dark')
          event.res.headers.set('x-done', 'yes')
          return 'done'
        }),
      { store: down, config: { onError } },
    )
    const { status, headers, setCookies, body } = await browser.visit('/')
    expect([status, headers['x-done'], setCookies]).toEqual([200, undefined, []])
    expect(JSON.parse(body)).toEqual({ code: 'STORE_UNAVAILABLE' })
    expect(onError).toHaveBeenCalledOnce()
  })

  it('is a 503 without onError, whose message tells nothing', async () => {
    const browser = await open(
      (app) =>
        app.get('/', ({ context, res }) => {
          context.session.data['cart'] = []
          res.headers.set('Location', '/done')
          return 'done'
        }),
      { store: down },
    )
    const { status, headers, body } = await browser.visit('/')
    expect([status, headers['cache-control'], headers.location]).toEqual([503, 'private', undefined])
    expect(Number(headers['retry-after'])).toBeGreaterThan(0)
    expect(JSON.parse(body)).toMatchObject({ status: 503, message: 'HTTPError' })
  })

  it.each([
    ['a stream', (stream: ReadableStream) => stream],
    ['a response of h3', (stream: ReadableStream) => new HTTPResponse(stream)],
    ['a response', (stream: ReadableStream) => new Response(stream)],
  ])('tells what %s changes too late, and cancels one that must not be sent', async (_name, wrap) => {
    const events = recordEvents('late-change')
    const cancel = vi.fn<() => void>()
    const routes = (app: H3): H3 =>
      app
        .get('/late', ({ context }) => {
          async function* late(): AsyncGenerator<Uint8Array> {
            yield new TextEncoder().encode('one')
            context.session.data['cart'] = ['too late']
          }
          return wrap(ReadableStream.from(late()))
        })
        .get('/never', ({ context }) => {
          context.session.data['cart'] = []
          return wrap(new ReadableStream({ cancel }, { highWaterMark: 0 }))
        })
    const browser = await open(routes, { store: down })
    expect((await browser.visit('/late')).body).toBe('one')
    await vi.waitFor(() => expect(events).toHaveLength(1))
    expect((await browser.visit('/never')).status).toBe(503)
    expect(cancel).toHaveBeenCalledOnce()
  })

  it('gives a program on this machine a cookie during development', async () => {
    vi.stubEnv('NODE_ENV', 'development')
    onTestFinished(() => void vi.unstubAllEnvs())
    const sessions = createSessions({ store: memoryStore() })
    const app = silentH3()
      .use(h3Sessions(sessions))
      .get('/', ({ context }) => context.session.signIn('ada'))
    const { origin, close } = await listenWithH3(app)
    onTestFinished(close)
    const browser = openBrowser(origin)
    expect((await browser.visit('/')).setCookies).toHaveLength(1)
    expect((await openBrowser(origin).visit('/', { headers: { 'x-forwarded-for': '192.0.2.1' } })).status).toBe(500)
  })
})
