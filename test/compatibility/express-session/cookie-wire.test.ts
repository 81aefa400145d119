import { createHmac, createSecretKey } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openBrowser } from '../../../src/testing/browser.js'
import { goThrough } from './bare.js'
import { onBoth } from './both.js'
import type { Module } from './modules.js'
import { recordingStore } from './recording-store.js'
import { serve } from './site.js'

type Options = NonNullable<Parameters<Module>[0]>

const secret = 'keyboard cat'
const options = { secret, resave: false, saveUninitialized: false }

/** Values of the cookie as the published form has them, by id. */
const vectors = {
  apple: 's%3Aapple.D8Y%2BpkTAmeR0PobOhY4G97PRW%2Bj7bUnP%2F5m6%2FOn1MCU',
  '%': 's%3A%25.kzQ6x52kKVdF35Qh62AWk4ZekS28K5XYCXKa%2FOTZ01g',
  '/foo': 's%3A%2Ffoo.paEKBtAHbV5s1IB8B2zPnzAgYmmnRPIqObW4VRYj%2FMQ',
}
const signed = decodeURIComponent(vectors.apple)

const macOf = (id: string, key: string): string => createHmac('sha256', key).update(id).digest('base64')
/** A cookie as it is to look, made without the help of any module. */
const cookieOf = (id: string, key: string = secret): string =>
  encodeURIComponent(`s:${id}.${macOf(id, key).replaceAll('=', '')}`)

/** The Set-Cookie of a response to a request without a cookie. */
async function setCookieOf(session: Module, options: Options): Promise<string | undefined> {
  const site = await serve(session, options, (request, response) => {
    request.session['value'] = 1
    response.end()
  })
  return (await site.ask()).setCookies[0]
}

/** Which of the stored sessions a request with these headers is given, if any; and what the store was asked for. */
async function find(session: Module, headers: object, more: object = {}, moreOptions: Options = {}) {
  const store = recordingStore(session)
  for (const id of ['apple', '%', '/foo', 'a.b.c', '', 'ä'])
    store.records.set(id, JSON.stringify({ cookie: {}, found: id }))
  const get = vi.spyOn(store, 'get')
  const request = await goThrough(session({ ...options, store, ...moreOptions }), { headers, ...more })
  return { found: request.session?.['found'] as unknown, asked: get.mock.calls.map(([id]) => id) }
}

// Both say on stderr that reading from req.cookies is of old, unless somebody listens.
const ignore = (): void => {}
beforeAll(() => void process.on('deprecation', ignore))
afterAll(() => void process.off('deprecation', ignore))

onBoth((session) => {
  describe('the signature', () => {
    it.each(Object.entries(vectors))('of the id %s is the published one, and is accepted', async (id, value) => {
      expect(await setCookieOf(session, { genid: () => id })).toBe(`connect.sid=${value}; Path=/; HttpOnly`)
      expect((await find(session, { cookie: `connect.sid=${value}` })).found).toBe(id)
    })

    it.each(['', 'ä', 'a b', 'a;b', 'a.b.c', '"', 'x'.repeat(300)])(
      'is made the same way for the id %j',
      async (id) => {
        expect(await setCookieOf(session, { genid: () => id })).toContain(`connect.sid=${cookieOf(id)};`)
      },
    )

    it('ends at the last dot', async () => {
      expect((await find(session, { cookie: `connect.sid=${cookieOf('a.b.c')}` })).found).toBe('a.b.c')
    })

    it.each([
      ['a text', secret],
      ['a Buffer', Buffer.from(secret)],
      ['a Uint8Array', new Uint8Array(Buffer.from(secret))],
      ['a KeyObject', createSecretKey(Buffer.from(secret))],
      ['a list', [secret, 'older']],
      ['a list of a Buffer', [Buffer.from(secret)]],
    ])('may be made with %s', async (_kind, secret) => {
      const genid = (): string => 'apple'
      expect(await setCookieOf(session, { secret, genid })).toContain(`connect.sid=${vectors.apple};`)
      expect((await find(session, { cookie: `connect.sid=${vectors.apple}` }, {}, { secret })).found).toBe('apple')
    })

    it('is made with the first of several secrets, and each of them is accepted', async () => {
      const secrets = ['new', Buffer.from('old'), 'oldest']
      expect(await setCookieOf(session, { secret: secrets, genid: () => 'apple' })).toContain(cookieOf('apple', 'new'))
      for (const key of ['new', 'old', 'oldest']) {
        const headers = { cookie: `connect.sid=${cookieOf('apple', key)}` }
        expect((await find(session, headers, {}, { secret: secrets })).found).toBe('apple')
      }
      const headers = { cookie: `connect.sid=${cookieOf('apple', 'gone')}` }
      expect(await find(session, headers, {}, { secret: secrets })).toEqual({ found: undefined, asked: [] })
    })
  })

  describe('a cookie that is not ours', () => {
    it.each([
      ['without the prefix', encodeURIComponent(signed.slice(2))],
      ['without a signature', 's%3Aapple'],
      ['with an empty signature', 's%3Aapple.'],
      ['with another id', vectors.apple.replace('apple', 'apples')],
      ['with another signature', vectors.apple.replace('D8Y', 'D8Z')],
      ['with a signature that is cut short', vectors.apple.slice(0, -1)],
      ['with a signature that is padded', `${vectors.apple}%3D`],
      ['with the signature of another id', `s%3Aapple.${vectors['%'].split('.')[1]}`],
      ['with a signature in the alphabet of URLs', `s%3Aapple.${macOf('apple', secret).replaceAll('+', '-')}`],
      ['with another prefix', vectors.apple.replace('s%3A', 'S%3A')],
      ['with a wrong encoding', 's%3Aapple.%E0%A4%A'],
      ['that is empty', ''],
      ['of an empty id', cookieOf('')],
    ])('(%s) counts as none, and the store is not asked', async (_how, value) => {
      expect(await find(session, { cookie: `connect.sid=${value}` })).toEqual({ found: undefined, asked: [] })
    })

    it.each(['', ';;;', 'connect.sid', '=', 'Connect.sid=s%3Aapple', 'xconnect.sid=1'])(
      'is not seen in the header %j',
      async (cookie) => {
        expect(await find(session, { cookie })).toEqual({ found: undefined, asked: [] })
      },
    )
  })

  describe('the Cookie header', () => {
    it.each([
      ['behind others', `theme=dark; connect.sid=${vectors.apple}; other=1`],
      ['without spaces', `theme=dark;connect.sid=${vectors.apple}`],
      ['in quotes', `connect.sid="${vectors.apple}"`],
      ['not encoded', `connect.sid=${signed}`],
      ['as the first of its name', `connect.sid=${vectors.apple}; connect.sid=${cookieOf('%')}`],
    ])('may have it %s', async (_how, cookie) => {
      expect((await find(session, { cookie })).found).toBe('apple')
    })

    it('is asked for the first cookie of the name only, be it wrong', async () => {
      const cookie = `connect.sid=wrong; connect.sid=${vectors.apple}`
      expect(await find(session, { cookie })).toEqual({ found: undefined, asked: [] })
    })

    it('is asked for the name of the option', async () => {
      const cookie = `connect.sid=${vectors['/foo']}; mine=${vectors.apple}`
      expect((await find(session, { cookie }, {}, { name: 'mine' })).found).toBe('apple')
    })
  })

  describe('what cookie-parser has read', () => {
    it.each([
      ['req.signedCookies', { signedCookies: { 'connect.sid': 'apple' } }],
      ['req.cookies', { cookies: { 'connect.sid': signed } }],
      [
        'req.signedCookies before req.cookies',
        { signedCookies: { 'connect.sid': 'apple' }, cookies: { 'connect.sid': decodeURIComponent(vectors['%']) } },
      ],
      [
        'req.cookies, where the signature was wrong for cookie-parser',
        { signedCookies: { 'connect.sid': false }, cookies: { 'connect.sid': signed } },
      ],
    ])('counts where the header has nothing: %s', async (_what, read) => {
      expect((await find(session, {}, read)).found).toBe('apple')
      expect((await find(session, { cookie: 'connect.sid=wrong' }, read)).found).toBe('apple')
    })

    it('does not count where the header has it', async () => {
      const read = { signedCookies: { 'connect.sid': '%' }, cookies: { 'connect.sid': cookieOf('%') } }
      expect((await find(session, { cookie: `connect.sid=${vectors.apple}` }, read)).found).toBe('apple')
    })

    it.each([
      ['unsigned', { cookies: { 'connect.sid': 'apple' } }],
      ['wrongly signed', { cookies: { 'connect.sid': 's:apple.wrong' } }],
      ['not decoded', { cookies: { 'connect.sid': vectors.apple } }],
      ['empty', { cookies: {}, signedCookies: {} }],
      ['of another name', { cookies: { other: signed }, signedCookies: { other: 'apple' } }],
    ])('CP-10: does not count when it is %s', async (_what, read) => {
      expect(await find(session, {}, read)).toEqual({ found: undefined, asked: [] })
    })
  })

  describe('the Set-Cookie header', () => {
    const setCookie = (cookie: object): Promise<string | undefined> =>
      setCookieOf(session, { genid: () => 'apple', cookie, proxy: true })
    const head = `connect.sid=${vectors.apple}; Path=/`

    it('has its attributes in one order, whatever that of the options', async () => {
      const cookie = {
        sameSite: 'strict',
        priority: 'high',
        partitioned: true,
        secure: true,
        httpOnly: true,
        expires: new Date('2100-01-02T03:04:05Z'),
        path: '/',
        domain: 'example.com',
      }
      const site = await serve(
        session,
        { genid: () => 'apple', cookie, proxy: true } as Options,
        (request, response) => {
          request.session['value'] = 1
          response.end()
        },
      )
      expect(
        (await openBrowser(site.url).visit('/', { headers: { 'X-Forwarded-Proto': 'https' } })).setCookies,
      ).toEqual([
        `connect.sid=${vectors.apple}; Domain=example.com; Path=/; Expires=Sat, 02 Jan 2100 03:04:05 GMT; ` +
          'HttpOnly; Secure; Partitioned; Priority=High; SameSite=Strict',
      ])
    })

    it.each([
      [{}, '; HttpOnly'],
      [{ httpOnly: false }, ''],
      [{ maxAge: null }, '; HttpOnly'],
      [{ expires: null }, '; HttpOnly'],
      [{ expires: false }, '; HttpOnly'],
      [{ sameSite: true }, '; HttpOnly; SameSite=Strict'],
      [{ sameSite: 'lax' }, '; HttpOnly; SameSite=Lax'],
      [{ sameSite: 'NONE' }, '; HttpOnly; SameSite=None'],
      [{ sameSite: false }, '; HttpOnly'],
      [{ priority: 'low' }, '; HttpOnly; Priority=Low'],
      [{ partitioned: true }, '; HttpOnly; Partitioned'],
      [{ partitioned: false }, '; HttpOnly'],
      [{ signed: true, encode: () => 'x', overwrite: true, unknown: 1 }, '; HttpOnly'],
    ])('says of %o: %j', async (cookie, attributes) => {
      expect(await setCookie(cookie)).toBe(`${head}${attributes}`)
    })

    it('has no Path for an empty one', async () => {
      expect(await setCookie({ path: '' })).toBe(`connect.sid=${vectors.apple}; HttpOnly`)
    })

    it('says maxAge as Expires, and never as Max-Age', async () => {
      const before = Date.now()
      const text = await setCookie({ maxAge: 3_600_000 })
      const expires = new Date(/^.+; Expires=([^;]+); HttpOnly$/.exec(text!)![1]!).getTime()
      expect(expires).toBeGreaterThanOrEqual(before + 3_599_000)
      expect(expires).toBeLessThanOrEqual(Date.now() + 3_600_000)
      expect(text).not.toMatch(/max-age/i)
    })

    it.each([
      ['expires', { expires: new Date(Number.NaN) }, 'option expires is invalid'],
      ['domain', { domain: 'a;b' }, 'option domain is invalid'],
      ['path', { path: '/\n' }, 'option path is invalid'],
      ['sameSite', { sameSite: 'sometimes' }, 'option sameSite is invalid'],
      ['priority', { priority: 'highest' }, 'option priority is invalid'],
    ])('is missing when its %s is wrong: the answer is given, and the error is told', async (name, wrong, text) => {
      const store = recordingStore(session)
      const site = await serve(session, { store }, (request, response) => {
        Object.assign(request.session.cookie, wrong)
        if (name === 'expires') request.session.cookie.originalMaxAge = Number.NaN
        request.session['value'] = 1
        response.end('done')
      })
      expect(await site.ask()).toMatchObject({ status: 200, body: 'done', setCookies: [] })
      await expect.poll(() => site.errors).toMatchObject([{ message: text }])
      expect(store.records.size).toBe(1)
    })

    it('is missing when the handler makes the cookie wrong', async () => {
      const site = await serve(session, {}, (request, response) => {
        request.session['value'] = 1
        request.session.cookie.path = '/;'
        response.end('done')
      })
      expect(await site.ask()).toMatchObject({ status: 200, body: 'done', setCookies: [] })
      await expect.poll(() => site.errors).toMatchObject([{ message: 'option path is invalid' }])
    })
  })

  describe('cookies that the application sets', () => {
    type Response = Parameters<Parameters<typeof serve>[2]>[1]
    it.each<[string, readonly string[], (response: Response) => void]>([
      ['setHeader with a text', ['a=1'], (response) => response.setHeader('Set-Cookie', 'a=1')],
      ['setHeader with a list', ['a=1', 'b=2'], (response) => response.setHeader('set-cookie', ['a=1', 'b=2'])],
      ['appendHeader', ['a=1'], (response) => response.appendHeader('Set-Cookie', 'a=1')],
      ['writeHead', ['a=1'], (response) => response.writeHead(200, { 'Set-Cookie': 'a=1' })],
      [
        'writeHead with a list of cookies',
        ['a=1', 'b=2'],
        (response) => response.writeHead(200, { 'Set-Cookie': ['a=1', 'b=2'] }),
      ],
      ['writeHead with a reason', ['a=1'], (response) => response.writeHead(200, 'Fine', { 'set-cookie': 'a=1' })],
      [
        'writeHead with a list of headers',
        ['a=1', 'b=2'],
        (response) => response.writeHead(200, ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2']),
      ],
      [
        'writeHead over setHeader',
        ['b=2'],
        (response) => response.setHeader('Set-Cookie', 'a=1').writeHead(200, { 'Set-Cookie': 'b=2' }),
      ],
    ])('stand before that of the session: %s', async (_way, cookies, set) => {
      const site = await serve(session, { genid: () => 'apple' }, (request, response) => {
        request.session['value'] = 1
        set(response)
        response.end()
      })
      expect((await site.ask()).setCookies).toEqual([...cookies, `connect.sid=${vectors.apple}; Path=/; HttpOnly`])
    })

    it('may have been set before the middleware', async () => {
      const prepare = (_request: IncomingMessage, response: Response): void => {
        response.setHeader('Set-Cookie', 'a=1')
      }
      const site = await serve(
        session,
        { genid: () => 'apple' },
        (request, response) => {
          request.session['value'] = 1
          response.end()
        },
        prepare,
      )
      expect((await site.ask()).setCookies).toEqual(['a=1', `connect.sid=${vectors.apple}; Path=/; HttpOnly`])
    })
  })
})
