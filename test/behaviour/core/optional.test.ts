import { createServer } from 'node:http'
import express from 'express'
import { createSessions, memoryStore, signedInUser, StoreUnavailableError, type OpenedSession } from 'sessera'
import { expressSessions } from 'sessera/express'
import { describe, expect, it } from 'vitest'
import { openBrowser } from '../../../src/testing/browser.js'
import { listenInTest } from '../../support/listen-in-test.js'
import { Browser, type Data } from '../../support/browser.js'
import { fleet } from '../../support/fleet.js'

const down = (): Promise<never> => Promise.reject(new Error('connect ECONNREFUSED'))

/** A session of somebody who is signed in, opened for a route that goes on without the store, while it is down. */
async function openedWithoutStore(): Promise<OpenedSession<Data>> {
  const { backend, store } = fleet()
  const browser = new Browser()
  await browser.visit(backend[0], (session) => {
    session.signIn('ada')
    session.data.count = 1
  })
  store.tap('load', () => down)
  return backend[0].open(browser.cookie, undefined, { onOutage: 'anonymous' })
}

describe('a route that goes on without the store', () => {
  it('has an anonymous session that says so, and whose answer nobody may keep', async () => {
    const { session, commit, outage } = await openedWithoutStore()
    expect(session.unavailable).toBe(true)
    expect([session.userId, session.handle, { ...session.data }]).toEqual([undefined, undefined, {}])
    expect(outage).toBeInstanceOf(StoreUnavailableError)
    expect(await commit()).toEqual({ setCookies: [], caching: 'no-store' })
  })

  it.each<[string, (session: OpenedSession<Data>['session']) => unknown]>([
    ['setting a value', ({ data }) => (data.count = 2)],
    ['deleting one', ({ data }) => delete data.count],
    ['replacing all', (session) => (session.data = { count: 2 })],
    ['signIn', (session) => session.signIn('ada')],
    ['end', (session) => session.end()],
    ['rotate', (session) => session.rotate()],
    ['update', (session) => session.update((data) => (data.count = 2))],
    ['save', (session) => session.save()],
  ])('throws 503 for %s', async (_what, change) => {
    const { session } = await openedWithoutStore()
    const error = await (async () => change(session))().catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', status: 503, cause: { code: 'STORE_UNAVAILABLE' } })
  })

  it('has signedInUser throw why nobody is known to be signed in', async () => {
    const { session, outage } = await openedWithoutStore()
    expect(() => signedInUser(session)).toThrow(outage)
  })

  it('has its usual session while the store answers', async () => {
    const { backend } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], (session) => session.signIn('ada'))
    const { session } = await backend[0].open(browser.cookie, undefined, { onOutage: 'anonymous' })
    expect([session.userId, session.unavailable]).toEqual(['ada', false])
  })

  it('answers in Express, and is an error again further in, where the session is required', async () => {
    const store = memoryStore()
    const broken = { ...store, load: () => down() }
    const cookie = { secure: false } as const
    const working = createSessions<Data>({ store, cookie })
    const failing = createSessions<Data>({ store: broken, cookie })
    const app = express()
    app.get('/login', expressSessions(working), (req, res) => {
      req.session.signIn('ada')
      res.end()
    })
    app.use(expressSessions(failing, { onOutage: 'anonymous' }))
    app.get('/', (req, res) => res.json({ unavailable: req.session.unavailable }))
    app.get('/account', expressSessions(failing), (_req, res) => res.end('account'))
    app.use(((error, _req, res, _next) => res.status(error.status).end(error.code)) as express.ErrorRequestHandler)
    const browser = openBrowser((await listenInTest(createServer(app))).origin)
    await browser.visit('/login')
    expect(await browser.visit('/')).toMatchObject({ status: 200, body: '{"unavailable":true}' })
    expect(await browser.visit('/account')).toMatchObject({ status: 503, body: 'STORE_UNAVAILABLE' })
  })

  it('refuses an unknown value of onOutage', () => {
    const sessions = createSessions<Data>()
    expect(() => expressSessions(sessions, { onOutage: 'sometimes' as 'anonymous' })).toThrow(/^Option onOutage /)
  })
})
