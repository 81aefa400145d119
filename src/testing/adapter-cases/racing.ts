import assert from 'node:assert/strict'
import type { Session } from 'sessera'
import type { AdapterData, AdapterHarness } from '../adapter-harness.js'
import type { Browser, BrowserResponse } from '../browser.js'
import type { ConformanceCase } from '../case.js'
import { gate } from '../gate.js'
import { adapterCase, type CaseRoutes, look, type Serve, type Stage, succeed } from './stage.js'

export function racingCases(harness: AdapterHarness): ConformanceCase[] {
  const that = adapterCase(harness, 'concurrent requests')
  return [
    that('two concurrent requests both keep their changes', async (serve) => {
      const { browser, duringSlow } = await serveSlow(serve, fillCart)
      await succeed(browser, '/sign-in')
      await duringSlow(() => succeed(browser, '/dark'))
      assert.deepEqual(await look(browser), { userId: 'ada', data: { theme: 'dark', cart: ['tea'] } })
    }),

    that('a slow request cannot undo a sign-out', async (serve) => {
      const { browser, another, duringSlow } = await serveSlow(serve, fillCart)
      await succeed(browser, '/sign-in')
      const cookie = browser.cookies()
      const { status, setCookies } = await duringSlow(() => succeed(browser, '/sign-out'))
      assert.deepEqual({ status, setCookies }, { status: 200, setCookies: [] })
      assert.equal(browser.cookies(), '')
      assert.deepEqual(await look(another(), cookie), { data: {} })
    }),

    that('a late response to an old token does not replace the new cookie', async (serve) => {
      const { browser, duringSlow } = await serveSlow(serve, fillCart)
      await succeed(browser, '/dark')
      const { setCookies } = await duringSlow(() => succeed(browser, '/sign-in'))
      assert.deepEqual(setCookies, [])
      assert.deepEqual(await look(browser), { userId: 'ada', data: { theme: 'dark' } })
    }),

    that('a sign-in takes over no data from a concurrent request', async (serve) => {
      const { browser, duringSlow } = await serveSlow(serve, signIn, { '/cart': fillCart })
      await succeed(browser, '/dark')
      await duringSlow(() => succeed(browser, '/cart'))
      assert.deepEqual(await look(browser), { userId: 'ada', data: { theme: 'dark' } })
    }),

    that('a late request with the oldest of two replaced tokens does not replace the new cookie', async (serve) => {
      const { browser, another } = await serve()
      await succeed(browser, '/dark')
      const late = another(browser.jar)
      await succeed(browser, '/sign-in')
      await succeed(browser, '/sign-in')
      const { setCookies } = await late.visit('/dark')
      assert.deepEqual(setCookies, [])
      assert.deepEqual(await look(browser), { userId: 'ada', data: { theme: 'dark' } })
    }),

    that('a second sign-in of the same user loses no change to the data it keeps', async (serve) => {
      const { browser, duringSlow } = await serveSlow(serve, signIn, {
        '/cart': (session) => session.update((data) => void (data.cart = ['tea'])),
      })
      await succeed(browser, '/sign-in')
      await succeed(browser, '/dark')
      await duringSlow(() => succeed(browser, '/cart'))
      assert.deepEqual(await look(browser), { userId: 'ada', data: { theme: 'dark', cart: ['tea'] } })
    }),

    that('two sign-ins from one token both succeed', async (serve) => {
      const { browser, another, duringSlow } = await serveSlow(serve, (session) => session.signIn('bob'))
      await succeed(browser, '/dark')
      const other = another(browser.jar)
      await duringSlow(() => succeed(browser, '/sign-in'), other)
      assert.equal((await look(browser)).userId, 'ada')
      assert.equal((await look(other)).userId, 'bob')
    }),

    that('a session is saved even if the client has disconnected', async (serve) => {
      const held = gate()
      const { until, browser, another, store } = await serve({
        '/slow': async ({ data }) => {
          await held.pass()
          data.cart = ['tea']
        },
      })
      await succeed(browser, '/sign-in')
      const client = new AbortController()
      const slow = browser.visit('/slow', { signal: client.signal })
      await until(held)
      client.abort()
      await assert.rejects(slow)
      for (let visit = 0; visit < 3; visit++) await another().visit('/plain') // by now the server has noticed
      held.open()
      await store.settled()
      assert.deepEqual(await look(browser), { userId: 'ada', data: { cart: ['tea'] } })
    }),
  ]
}

interface SlowStage extends Stage {
  /** Requests `/slow`, runs `meanwhile` while its handler is held, and returns its response. */
  duringSlow(meanwhile: () => Promise<unknown>, visitor?: Browser): Promise<BrowserResponse>
}

/** Serves a route `/slow` that is held before it runs `handler`. */
async function serveSlow(
  serve: Serve,
  handler: (session: Session<AdapterData>) => void,
  routes: CaseRoutes = {},
): Promise<SlowStage> {
  const held = gate()
  const slowly = async (session: Session<AdapterData>): Promise<void> => {
    await held.pass()
    handler(session)
  }
  const stage = await serve({ ...routes, '/slow': slowly })
  return {
    ...stage,
    async duringSlow(meanwhile, visitor = stage.browser) {
      const slow = visitor.visit('/slow')
      await stage.until(held)
      await meanwhile()
      held.open()
      return slow
    },
  }
}

function fillCart({ data }: Session<AdapterData>): void {
  data.cart = ['tea']
}

function signIn(session: Session<AdapterData>): void {
  session.signIn('ada', { keep: ['theme', 'cart'] })
}
