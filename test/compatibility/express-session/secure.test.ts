import { createServer, request as requestByTls } from 'node:https'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { makeCertificate, type Certificate } from '../../support/certificate.js'
import { openBrowser } from '../../../src/testing/browser.js'
import { keptCookie } from '../../support/kept-cookie.js'
import { onBoth } from './both.js'
import type { Module } from './modules.js'
import { recordingStore } from './recording-store.js'
import { serve, type Request } from './site.js'
import { listenInTest } from '../../support/listen-in-test.js'

type Options = NonNullable<Parameters<Module>[0]>

/** How a request comes: by plain HTTP, with this header of a proxy, and with this `req.secure` of Express. */
interface Way {
  readonly forwarded?: string
  readonly secure?: unknown
}

async function setCookiesOf(session: Module, options: Options, { forwarded, secure }: Way) {
  const store = recordingStore(session)
  const site = await serve(
    session,
    { store, ...options },
    (request, response) => {
      request.session['value'] = 1
      response.end()
    },
    (request) => secure !== undefined && Object.assign(request, { secure }),
  )
  const headers = forwarded === undefined ? {} : { 'X-Forwarded-Proto': forwarded }
  const { setCookies } = await openBrowser(site.url).visit('/', { headers })
  const [record] = [...store.records.values()].map((text) => JSON.parse(text))
  return { setCookies, record }
}

const proxies = { believed: true, 'not believed': false, 'left to the framework': undefined } as const

/** Which of the three takes which way for HTTPS. */
const ways: readonly [Way, readonly (keyof typeof proxies)[]][] = [
  [{}, []],
  [{ forwarded: 'https' }, ['believed']],
  [{ forwarded: ' HTTPS ' }, ['believed']],
  [{ forwarded: 'https,http' }, ['believed']],
  [{ forwarded: 'https , http' }, ['believed']],
  [{ forwarded: 'http,https' }, []],
  [{ forwarded: 'http' }, []],
  [{ forwarded: '' }, []],
  [{ forwarded: ',https' }, []],
  [{ forwarded: 'https2' }, []],
  [{ secure: true }, ['left to the framework']],
  [{ secure: false }, []],
  [{ secure: 'true' }, []],
  [{ secure: 1 }, []],
  [{ secure: true, forwarded: 'http' }, ['left to the framework']],
  [{ secure: false, forwarded: 'https' }, ['believed']],
]

// Ours says that a cookie was withheld, which is tested with what it does better.
beforeEach(() => {
  const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  onTestFinished(() => warning.mockRestore())
})

onBoth((session) => {
  describe.each(Object.entries(proxies))('with a proxy that is %s', (name, proxy) => {
    const options = { proxy: proxy as boolean } // undefined counts as not given

    describe.each(ways)('a request that comes as %j', (way, secureFor) => {
      const isSecure = secureFor.includes(name as keyof typeof proxies)

      it(`${isSecure ? 'gets' : 'does not get'} a secure cookie, and its session is stored`, async () => {
        const { setCookies, record } = await setCookiesOf(session, { ...options, cookie: { secure: true } }, way)
        expect(setCookies).toEqual(isSecure ? [expect.stringMatching(/; Path=\/; HttpOnly; Secure$/)] : [])
        expect(record).toMatchObject({ value: 1, cookie: { secure: true } })
      })

      it(`gets a cookie that is ${isSecure ? 'secure' : 'not secure'}, if asked to be as the request is`, async () => {
        const cookie = { secure: 'auto', sameSite: 'auto' } as const
        const { setCookies, record } = await setCookiesOf(session, { ...options, cookie }, way)
        const attributes = isSecure ? 'HttpOnly; Secure; SameSite=None' : 'HttpOnly; SameSite=Lax'
        expect(setCookies).toEqual([expect.stringMatching(`; Path=/; ${attributes}$`)])
        expect(record.cookie).toMatchObject({ secure: isSecure, sameSite: isSecure ? 'none' : 'lax' })
      })
    })
  })

  it('what auto came to stays with the session, however it is asked for later', async () => {
    const store = recordingStore(session)
    const options: Options = { store, proxy: true, rolling: true, cookie: { secure: 'auto', sameSite: 'auto' } }
    const site = await serve(session, options, (request, response) => {
      request.session['value'] ??= 1
      response.end()
    })
    const plain = await site.ask()
    const again = { cookie: keptCookie(plain.setCookies[0]!)!, headers: { 'X-Forwarded-Proto': 'https' } }
    expect((await openBrowser(site.url).visit('/', again)).setCookies[0]).toMatch(/; HttpOnly; SameSite=Lax$/)
    expect([...store.records.values()].map((text) => JSON.parse(text).cookie.secure)).toEqual([false])
  })

  it('a session that was made secure is not sent again by plain HTTP', async () => {
    const options: Options = { proxy: true, rolling: true, cookie: { secure: 'auto' } }
    const site = await serve(session, options, (request, response) => {
      request.session['value'] ??= 1
      response.end(String(request.session['value']))
    })
    const login = await openBrowser(site.url).visit('/', { headers: { 'X-Forwarded-Proto': 'https' } })
    const answer = await site.ask(login.setCookies[0])
    expect(answer).toMatchObject({ body: '1', setCookies: [] })
  })

  it('a handler can make the cookie secure, or not', async () => {
    const site = await serve(session, { cookie: { secure: true } }, (request, response) => {
      request.session.cookie.secure = false
      request.session['value'] = 1
      response.end()
    })
    expect((await site.ask()).setCookies).toEqual([expect.stringMatching(/; Path=\/; HttpOnly$/)])
  })
})

describe('over TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sessera-tls-'))
  let certificate: Certificate
  beforeAll(() => {
    certificate = makeCertificate(folder)
  })
  afterAll(() => {
    rmSync(folder, { recursive: true })
  })

  onBoth((session) => {
    it.each(Object.entries(proxies))('is secure with a proxy that is %s', async (_name, proxy) => {
      const options = { secret: 'keyboard cat', resave: false, saveUninitialized: false }
      const cookie = { secure: 'auto', sameSite: 'auto' } as const
      const middleware = session({ ...options, proxy: proxy as boolean, cookie })
      const pem = readFileSync(certificate.file)
      const server = createServer({ key: pem, cert: pem }, (request, response) => {
        middleware(request, response, () => {
          ;(request as Request).session['value'] = 1
          response.end()
        })
      })
      const { port } = await listenInTest(server)
      const setCookies = await new Promise((resolve, reject) => {
        const headers = { 'X-Forwarded-Proto': 'http' }
        requestByTls({ port, host: '127.0.0.1', ca: certificate.text, agent: false, headers }, (response) => {
          response.resume()
          resolve(response.headers['set-cookie'])
        })
          .on('error', reject)
          .end()
      })
      expect(setCookies).toEqual([expect.stringMatching(/; HttpOnly; Secure; SameSite=None$/)])
    })
  })
})
