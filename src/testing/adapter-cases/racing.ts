import assert from 'node:assert/strict'
import type { AdapterHarness, AdapterRoute } from '../adapter-harness.js'
import type { ConformanceCase } from '../case.js'
import { gate } from '../gate.js'
import { adapterCase, look, succeed } from './stage.js'

export function racingCases(harness: AdapterHarness): ConformanceCase[] {
  const that = adapterCase(harness, 'concurrent requests')
  return [
    that('two concurrent requests both keep their changes', async (serve) => {
      const held = gate()
      const { until, browser } = await serve({ '/slow': slowCart(held.pass) })
      await succeed(browser, '/sign-in')
      const slow = browser.visit('/slow')
      await until(held)
      await succeed(browser, '/dark')
      held.open()
      await slow
      assert.deepEqual(await look(browser), { userId: 'ada', data: { theme: 'dark', cart: ['tea'] } })
    }),

    that('a slow request cannot undo a sign-out', async (serve) => {
      const held = gate()
      const { until, browser, another } = await serve({ '/slow': slowCart(held.pass) })
      await succeed(browser, '/sign-in')
      const cookie = browser.cookies()
      const slow = browser.visit('/slow')
      await until(held)
      await succeed(browser, '/sign-out')
      held.open()
      const { status, setCookies } = await slow
      assert.deepEqual({ status, setCookies }, { status: 200, setCookies: [] })
      assert.equal(browser.cookies(), '')
      assert.deepEqual(await look(another(), cookie), { data: {} })
    }),

    that('a late response to an old token does not replace the new cookie', async (serve) => {
      const held = gate()
      const { until, browser } = await serve({ '/slow': slowCart(held.pass) })
      await succeed(browser, '/dark')
      const slow = browser.visit('/slow')
      await until(held)
      await succeed(browser, '/sign-in')
      held.open()
      assert.deepEqual((await slow).setCookies, [])
      assert.deepEqual(await look(browser), { userId: 'ada', data: { theme: 'dark' } })
    }),

    that('a sign-in takes over no data from a concurrent request', async (serve) => {
      const held = gate()
      const { until, browser } = await serve({
        '/slow-sign-in': async (session) => {
          await held.pass()
          session.signIn('ada', { keep: ['theme', 'cart'] })
          return {}
        },
        '/cart': ({ data }) => {
          data.cart = ['planted']
          return {}
        },
      })
      await succeed(browser, '/dark')
      const slow = browser.visit('/slow-sign-in')
      await until(held)
      await succeed(browser, '/cart')
      held.open()
      await slow
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
      const held = gate()
      const { until, browser } = await serve({
        '/sign-in-again': async (session) => {
          await held.pass()
          session.signIn('ada', { keep: ['theme', 'cart'] })
          return {}
        },
        '/cart': async (session) => {
          await session.update((data) => void (data.cart = ['tea']))
          return {}
        },
      })
      await succeed(browser, '/sign-in')
      await succeed(browser, '/dark')
      const slow = browser.visit('/sign-in-again')
      await until(held)
      await succeed(browser, '/cart')
      held.open()
      await slow
      assert.deepEqual(await look(browser), { userId: 'ada', data: { theme: 'dark', cart: ['tea'] } })
    }),

    that('two sign-ins from one token both succeed', async (serve) => {
      const held = gate()
      const { until, browser, another } = await serve({
        '/slow-sign-in': async (session) => {
          await held.pass()
          session.signIn('bob')
          return {}
        },
      })
      await succeed(browser, '/dark')
      const other = another(browser.jar)
      const slow = other.visit('/slow-sign-in')
      await until(held)
      await succeed(browser, '/sign-in')
      held.open()
      await slow
      assert.equal((await look(browser)).userId, 'ada')
      assert.equal((await look(other)).userId, 'bob')
    }),

    that('a session is saved even if the client has disconnected', async (serve) => {
      const held = gate()
      const { until, browser, another, store } = await serve({ '/slow': slowCart(held.pass) })
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

function slowCart(pass: () => Promise<void>): AdapterRoute {
  return async ({ data }) => {
    await pass()
    data.cart = ['tea']
    return {}
  }
}
