import assert from 'node:assert/strict'
import type { AdapterHarness } from '../adapter-harness.js'
import type { ConformanceCase } from '../case.js'
import { adapterCase, look, succeed } from './stage.js'

export function storingCases(harness: AdapterHarness): ConformanceCase[] {
  const that = adapterCase(harness, 'saving')
  return [
    that('a request that stores nothing sets no cookie and makes no store call', async (serve) => {
      const { browser, store } = await serve()
      for (const path of ['/plain', '/look']) {
        const { status, setCookies } = await browser.visit(path)
        assert.deepEqual({ status, setCookies }, { status: 200, setCookies: [] })
      }
      assert.deepEqual(store.asked, [])
    }),

    that('a value that was set is there on the next request', async (serve) => {
      const { browser } = await serve()
      const { setCookies } = await succeed(browser, '/dark')
      assert.equal(setCookies.length, 1, 'a new session needs one cookie')
      assert.deepEqual(await look(browser), { data: { theme: 'dark' } })
    }),

    that('a change inside a value is saved', async (serve) => {
      const { browser } = await serve({ '/cart': ({ data }) => void (data.cart ??= []).push('tea') })
      await succeed(browser, '/cart')
      await succeed(browser, '/cart')
      assert.deepEqual(await look(browser), { data: { cart: ['tea', 'tea'] } })
    }),

    that('parts of a handler that run at the same time all keep their changes', async (serve) => {
      const { browser, store } = await serve({
        '/parts': async (session) => {
          const add = (item: string): Promise<void> => session.update((data) => void (data.cart ??= []).push(item))
          await Promise.all([add('tea'), add('milk'), Promise.resolve().then(() => void (session.data.theme = 'dark'))])
        },
      })
      assert.equal((await succeed(browser, '/parts')).setCookies.length, 1)
      assert.deepEqual(await look(browser), { data: { theme: 'dark', cart: ['tea', 'milk'] } })
      assert.equal(store.asked.filter((verb) => verb === 'insert').length, 1, 'a visitor has one session')
    }),

    that('reading writes nothing and sends no cookie', async (serve) => {
      const { browser, store } = await serve()
      await succeed(browser, '/dark')
      store.asked.length = 0
      const { setCookies } = await succeed(browser, '/look')
      assert.deepEqual(setCookies, [])
      assert.deepEqual(store.asked, ['load'])
    }),

    that("the application's own cookies are kept", async (serve) => {
      const { browser } = await serve({
        '/cookies': ({ data }) => {
          data.theme = 'dark'
          return { headers: { 'Set-Cookie': ['a=1; Path=/', 'b=2'] } }
        },
      })
      const { setCookies } = await succeed(browser, '/cookies')
      assert.deepEqual(setCookies.slice(0, 2), ['a=1; Path=/', 'b=2'])
      assert.equal(setCookies.length, 3)
      assert.deepEqual(await look(browser), { data: { theme: 'dark' } })
    }),

    that('mounting the middleware twice works like mounting it once', async (serve) => {
      const { browser, store } = await serve({}, 2)
      assert.equal((await succeed(browser, '/dark')).setCookies.length, 1)
      assert.deepEqual(await look(browser), { data: { theme: 'dark' } })
      assert.deepEqual(store.asked, ['insert', 'load'])
    }),
  ]
}
