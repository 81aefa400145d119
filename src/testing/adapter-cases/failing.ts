import assert from 'node:assert/strict'
import type { AdapterHarness } from '../adapter-harness.js'
import type { ConformanceCase } from '../case.js'
import { adapterCase, type CaseRoutes, chunks, look, type Stage, succeed } from './stage.js'
import { allVerbs } from './watched-store.js'

const cartRoutes: CaseRoutes = {
  '/go': ({ data }) => {
    data.cart = ['tea']
    return { status: 302, headers: { Location: '/look' } }
  },
  '/stream': ({ data }) => {
    data.cart = ['tea']
    return { body: chunks('a', 'b') }
  },
}

export function failingCases(harness: AdapterHarness): ConformanceCase[] {
  const that = adapterCase(harness, 'failures')
  return [
    that("a failing handler's changes are saved, and its error reaches the framework", async (serve) => {
      const { browser } = await serve({
        '/fail': ({ data }) => {
          data.tries = (data.tries ?? 0) + 1
          throw Object.assign(new Error('no'), { status: 418, statusCode: 418, expose: true })
        },
      })
      for (const _try of [1, 2]) assert.equal((await browser.visit('/fail')).status, 418)
      assert.deepEqual(await look(browser), { data: { tries: 2 } })
    }),

    that('a sign-in of a handler that fails afterwards is discarded', async (serve) => {
      const { browser } = await serve({
        '/fail': (session) => {
          session.signIn('ada')
          throw Object.assign(new Error('no'), { status: 418, statusCode: 418, expose: true })
        },
      })
      const { status, setCookies } = await browser.visit('/fail')
      assert.deepEqual({ status, setCookies }, { status: 418, setCookies: [] })
      assert.deepEqual(await look(browser), { data: {} })
    }),

    that('what a handler changes is saved if it responds with an error itself', async (serve) => {
      const { browser } = await serve({
        '/refuse': ({ data }) => {
          data.tries = (data.tries ?? 0) + 1
          return { status: 422, body: 'try again' }
        },
      })
      for (const _try of [1, 2]) {
        const { status, body } = await browser.visit('/refuse')
        assert.deepEqual({ status, body }, { status: 422, body: 'try again' })
      }
      assert.deepEqual(await look(browser), { data: { tries: 2 } })
    }),

    that('a store that is down on load is an error, never an anonymous session', async (serve) => {
      const { browser, store } = await serve()
      await succeed(browser, '/sign-in')
      const cookie = browser.cookies()
      store.broken.add('load')
      const { status, headers, setCookies } = await browser.visit('/look')
      assert.deepEqual({ status, setCookies }, { status: 503, setCookies: [] })
      assert.match(String(headers['retry-after']), /^\d+$/)
      store.broken.clear()
      assert.deepEqual([(await look(browser)).userId, browser.cookies()], ['ada', cookie])
    }),

    that('a store that is down does not affect requests without a session', async (serve) => {
      const { browser, store } = await serve()
      for (const verb of allVerbs) store.broken.add(verb)
      assert.equal((await browser.visit('/look')).status, 200)
    }),

    that('a redirect whose session cannot be saved becomes an error, with nothing of the redirect', async (serve) => {
      await answersWithAnErrorOnly(await serve(cartRoutes), '/go')
    }),

    that('a stream whose session cannot be saved becomes an error, with nothing of the stream', async (serve) => {
      await answersWithAnErrorOnly(await serve(cartRoutes), '/stream')
    }),

    that('a failed sign-out keeps the session and the cookie', async (serve) => {
      const { browser, store } = await serve()
      await succeed(browser, '/sign-in')
      const cookie = browser.cookies()
      store.broken.add('remove')
      const { status, setCookies } = await browser.visit('/sign-out')
      assert.deepEqual({ status, setCookies }, { status: 503, setCookies: [] })
      store.broken.clear()
      assert.deepEqual([(await look(browser)).userId, browser.cookies()], ['ada', cookie])
    }),
  ]
}

async function answersWithAnErrorOnly({ browser, store }: Stage, path: string): Promise<void> {
  store.broken.add('insert')
  const { status, headers, setCookies, body } = await browser.visit(path)
  assert.deepEqual({ status, setCookies }, { status: 503, setCookies: [] })
  assert.match(String(headers['retry-after']), /^\d+$/)
  assert.equal(headers.location, undefined)
  assert.ok(!body.startsWith('a'), 'something of the stream was sent')
  store.broken.clear()
  assert.deepEqual(await look(browser), { data: {} })
}
