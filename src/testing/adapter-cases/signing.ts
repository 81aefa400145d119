import assert from 'node:assert/strict'
import { newHandle } from 'sessera'
import type { AdapterHarness } from '../adapter-harness.js'
import type { ConformanceCase } from '../case.js'
import { adapterCase, handleIn, look, succeed } from './stage.js'

export function signingCases(harness: AdapterHarness): ConformanceCase[] {
  const that = adapterCase(harness, 'signing in and out')
  return [
    that('signing in changes the token, and keeps only the data that `keep` names', async (serve) => {
      const { browser } = await serve({ '/cart': ({ data }) => void (data.cart = ['tea']) })
      await succeed(browser, '/dark')
      await succeed(browser, '/cart')
      const before = browser.cookies()
      await succeed(browser, '/sign-in')
      assert.notEqual(browser.cookies(), before)
      assert.deepEqual(await look(browser), { userId: 'ada', data: { theme: 'dark' } })
    }),

    that('the token from before a sign-in no longer works', async (serve) => {
      const { browser, another } = await serve()
      await succeed(browser, '/dark')
      const planted = browser.cookies()
      await succeed(browser, '/sign-in')
      assert.deepEqual(await look(another(), planted), { data: {} })
    }),

    that('a sign-in is discarded if the response is an error', async (serve) => {
      const { browser } = await serve({
        '/refused': (session) => {
          session.signIn('ada')
          return { status: 401 }
        },
      })
      const { status, setCookies } = await browser.visit('/refused')
      assert.deepEqual({ status, setCookies }, { status: 401, setCookies: [] })
      assert.deepEqual(await look(browser), { data: {} })
    }),

    that('signing out removes the session and the cookie', async (serve) => {
      const { browser, another, store } = await serve()
      await succeed(browser, '/sign-in')
      const cookie = browser.cookies()
      await succeed(browser, '/sign-out')
      assert.equal(browser.cookies(), '')
      assert.ok(store.asked.includes('remove'))
      assert.deepEqual(await look(another(), cookie), { data: {} })
    }),

    that('a request whose session was ended elsewhere does not touch the cookie', async (serve) => {
      const { browser, sessions } = await serve()
      await succeed(browser, '/sign-in')
      assert.equal(await sessions.end(handleIn(browser)), true)
      const { setCookies, body } = await succeed(browser, '/look')
      assert.deepEqual(JSON.parse(body), { data: {} })
      assert.deepEqual(setCookies, [])
    }),

    that('a token made up by the client is never adopted', async (serve) => {
      const { browser, store } = await serve()
      const handle = newHandle()
      browser.jar.set('session', `${handle}.${'A'.repeat(32)}`)
      await succeed(browser, '/dark')
      assert.notEqual(handleIn(browser), handle)
      assert.equal(await store.load(handle), undefined)
    }),

    that(
      'a request with a token that was rotated away can read, and its changes are refused with a 409',
      async (serve) => {
        const { browser, another } = await serve({
          '/rotate': (session) => session.rotate(),
          '/light': ({ data }) => void (data.theme = 'light'),
        })
        await succeed(browser, '/dark')
        const late = another(browser.jar)
        await succeed(browser, '/rotate')
        assert.deepEqual(await look(late), { data: { theme: 'dark' } })
        const { status, setCookies } = await late.visit('/light')
        assert.deepEqual({ status, setCookies }, { status: 409, setCookies: [] })
        assert.deepEqual(await look(browser), { data: { theme: 'dark' } })
      },
    ),
  ]
}
