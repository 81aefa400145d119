import { createServer } from 'node:http'
import { createSessions, memoryStore, StoreUnavailableError, type SessionStore } from 'sessera'
import { httpSessions, type HttpSessionsOptions, type SessionHandler } from 'sessera/http'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { openBrowser, type Browser } from '../../../src/testing/browser.js'
import { listen } from '../../support/listen.js'

interface Data {
  visits: number
}

interface Visiting extends HttpSessionsOptions {
  readonly store?: SessionStore
  readonly cookie?: { readonly secure: boolean }
}

async function visiting(
  handler: SessionHandler<Data>,
  { store = memoryStore(), cookie = { secure: false }, ...options }: Visiting = {},
): Promise<Browser> {
  const sessions = createSessions<Data>({ store, cookie, deadline: '1m' })
  const { origin, close } = await listen(createServer(httpSessions(sessions, handler, options)))
  onTestFinished(close)
  return openBrowser(origin)
}

const count: SessionHandler<Data> = (_request, response, { data }) => {
  data.visits = (data.visits ?? 0) + 1
  response.end(`visit ${data.visits}`)
}

const brokenStore: SessionStore = { ...memoryStore(), insert: () => Promise.reject(new Error('down')) }

const printed = vi.spyOn(console, 'error')

beforeEach(() => void printed.mockReset().mockImplementation(() => {}))

describe('the adapter for node:http', () => {
  it('hands the session to the handler, typed as its sessions are', async () => {
    const browser = await visiting(count)
    expect((await browser.visit('/')).body).toBe('visit 1')
    expect((await browser.visit('/')).body).toBe('visit 2')
  })

  it('answers that an update failed, also to a handler that waits for it only after it has answered', async () => {
    const browser = await visiting(
      async (_request, response, session) => {
        const updating = session.update((data) => void (data.visits = 1))
        response.end('done')
        await updating
      },
      { store: brokenStore },
    )
    expect(await browser.visit('/')).toMatchObject({ status: 503, body: 'Service Unavailable', setCookies: [] })
  })

  describe('answers what the handler throws', () => {
    it.each([
      ['its status and headers', { status: 409, headers: { 'X-Why': 'taken' } }, 409, 'Conflict', 'taken'],
      ['500 without a status', new Error('secret'), 500, 'Internal Server Error', undefined],
      ['500 with a status that is no error', { status: 200 }, 500, 'Internal Server Error', undefined],
      ['500 where nothing was thrown', undefined, 500, 'Internal Server Error', undefined],
    ])('with %s', async (_what, error, status, body, why) => {
      for (const fail of [() => Promise.reject(error), () => throwing(error)]) {
        const answer = await (await visiting(fail)).visit('/')
        expect([answer.status, answer.body, answer.headers['x-why']]).toEqual([status, body, why])
      }
      expect(printed.mock.calls).toEqual(status < 500 ? [] : [[error], [error]])
    })

    it('by the application, where it wants to', async () => {
      const browser = await visiting(() => throwing(new Error('my fault')), {
        onError: (error, request, response) => response.writeHead(418).end(`${request.url}: ${String(error)}`),
      })
      expect(await browser.visit('/tea')).toMatchObject({ status: 418, body: '/tea: Error: my fault' })
      expect(printed).not.toHaveBeenCalled()
    })

    it('by breaking the connection, where the answer has begun already', async () => {
      const browser = await visiting((_request, response) => {
        response.write('half')
        throw new Error('and no more')
      })
      await expect(browser.visit('/')).rejects.toThrow('no response')
    })
  })

  it('answers 503 when the session cannot be stored, once, and nothing of the handler’s own answer', async () => {
    const told: unknown[] = []
    const browser = await visiting(
      async (_request, response, session) => {
        session.signIn('ada')
        await new Promise<void>((resolve, reject) => {
          response.writeHead(302, { Location: '/home' }).end('half', (error?: Error | null) => {
            if (error) reject(error)
            else resolve()
          })
        })
      },
      {
        store: brokenStore,
        onError(error, _request, response) {
          told.push(error)
          response.writeHead(503).end('later')
        },
      },
    )
    const { status, headers, setCookies, body } = await browser.visit('/')
    expect([status, headers.location, setCookies, body]).toEqual([503, undefined, [], 'later'])
    expect(told).toEqual([expect.any(StoreUnavailableError)])
  })

  it('tells by default when to come again after a failure of the store', async () => {
    const browser = await visiting(count, { store: brokenStore })
    const { status, headers, body } = await browser.visit('/')
    expect([status, headers['retry-after'], body]).toEqual([503, '1', 'Service Unavailable'])
  })

  it('sets the Secure cookie behind a proxy that is trusted, and on nobody else’s word', async () => {
    const cookie = { secure: true }
    const headers = { 'x-forwarded-proto': 'https', host: 'shop.example' }
    const isSecure = ({ headers: sent }: { headers: object }): boolean =>
      'x-forwarded-proto' in sent && sent['x-forwarded-proto'] === 'https'
    const trusting = await visiting(count, { cookie, isSecure })
    expect(await trusting.visit('/', { headers: { host: 'shop.example' } })).toMatchObject({
      status: 500,
      setCookies: [],
    })
    expect((await trusting.visit('/', { headers })).setCookies).toEqual([expect.stringMatching(/^__Host-session=/)])
    const wary = await visiting(count, { cookie })
    expect(await wary.visit('/', { headers })).toMatchObject({ status: 500, setCookies: [] })
  })
})

function throwing(error: unknown): never {
  throw error
}
