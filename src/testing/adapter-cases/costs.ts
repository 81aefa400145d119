import assert from 'node:assert/strict'
import { newHandle } from 'sessera'
import type { AdapterHarness } from '../adapter-harness.js'
import type { ConformanceCase } from '../case.js'
import { adapterCase, chunks, type Stage, succeed } from './stage.js'
import type { Verb } from './watched-store.js'

const tenMinutes = 600_000

/** Cookies that no application of ours has set. */
const malformed = ['', 'a', 'null', '"quoted"', `${newHandle()}.short`, `${newHandle()}%2E${'A'.repeat(32)}`]

/** Each store call is a round trip that a visitor waits for, and load that every backend adds to the same server. */
export function costCases(harness: AdapterHarness): ConformanceCase[] {
  const that = adapterCase(harness, 'store calls')
  return [
    that('a malformed cookie causes no store call', async (serve) => {
      const stage = await serve()
      for (const value of malformed) {
        stage.browser.jar.set('session', value)
        assert.deepEqual(await callsOf(stage, '/look'), [], `for the cookie ${value}`)
      }
    }),

    that('a well-formed token that nobody has costs one load', async (serve) => {
      const stage = await serve()
      stage.browser.jar.set('session', `${newHandle()}.${'A'.repeat(32)}`)
      assert.deepEqual(await callsOf(stage, '/look'), ['load'])
    }),

    that('a request that only asks who is signed in costs one load', async (serve) => {
      const stage = await serve({ '/who': ({ userId = '' }) => ({ body: userId }) })
      await callsOf(stage, '/sign-in')
      assert.deepEqual(await callsOf(stage, '/who'), ['load'])
    }),

    that('a streamed response costs one load, however many chunks it has', async (serve) => {
      const stage = await serve({ '/stream': ({ data: { theme = '' } }) => ({ body: chunks(theme, 'b', 'c', 'd') }) })
      await callsOf(stage, '/dark')
      assert.deepEqual(await callsOf(stage, '/stream'), ['load'])
    }),

    that('a change costs one load and one write', async (serve) => {
      const stage = await serve({ '/cart': ({ data }) => void (data.cart ??= []).push('tea') })
      await callsOf(stage, '/dark')
      assert.deepEqual(await callsOf(stage, '/cart'), ['load', 'replace'])
    }),

    that('a renewal costs one load and one write', async (serve) => {
      const stage = await serve()
      await callsOf(stage, '/dark')
      stage.clock.advance(tenMinutes)
      assert.deepEqual(await callsOf(stage, '/look'), ['load', 'replace'])
    }),

    that('signing in costs one write if the visitor had no session', async (serve) => {
      assert.deepEqual(await callsOf(await serve(), '/sign-in'), ['insert'])
    }),

    that('signing in costs one load and one write if the visitor had an anonymous session', async (serve) => {
      const stage = await serve()
      await callsOf(stage, '/dark')
      assert.deepEqual(await callsOf(stage, '/sign-in'), ['load', 'replace'])
    }),

    that('signing out costs one load and one removal', async (serve) => {
      const stage = await serve()
      await callsOf(stage, '/sign-in')
      assert.deepEqual(await callsOf(stage, '/sign-out'), ['load', 'remove'])
    }),
  ]
}

/** The store calls of a request that succeeds, with those that it leaves running in the background. */
async function callsOf({ browser, another, store }: Stage, path: string): Promise<readonly Verb[]> {
  store.asked.length = 0
  await succeed(browser, path)
  // What the response did not wait for begins before the server is done with another request.
  await succeed(another(), '/plain')
  await store.settled()
  return [...store.asked]
}
