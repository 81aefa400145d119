import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { SessionEvents } from 'sessera'
import type { AdapterHarness, AdapterRoute } from '../adapter-harness.js'
import type { Browser } from '../browser.js'
import type { ConformanceCase } from '../case.js'
import { adapterCase, chunks, handleIn, succeed } from './stage.js'

const cacheable = { 'Cache-Control': 'public, max-age=61', Vary: 'Accept' }

export function cachingCases(harness: AdapterHarness): ConformanceCase[] {
  const that = adapterCase(harness, 'caching')
  return [
    that('a response with the session cookie is not stored by any cache', async (serve) => {
      const { browser } = await serve()
      assert.deepEqual(await cachingOf(browser, '/dark'), ['no-store', 'Cookie'])
    }),

    that(
      'a response with the session cookie is not stored even if the application allows it, and an event reports it',
      async (serve) => {
        const { browser } = await serve({ '/shared': cached((data) => (data.theme = 'dark')) })
        const events: SessionEvents['cache-control-overridden'][] = []
        const note = (message: unknown): void => void events.push(message as SessionEvents['cache-control-overridden'])
        subscribe('sessera:cache-control-overridden', note)
        const { headers } = await succeed(browser, '/shared')
        unsubscribe('sessera:cache-control-overridden', note)
        assert.deepEqual([headers['cache-control'], headers.vary], ['no-store', 'Accept, Cookie'])
        // Other cases may run at the same time.
        const handle = handleIn(browser)
        const ours = events.filter((message) => message.handle === handle)
        assert.deepEqual(ours, [{ handle, cacheControl: cacheable['Cache-Control'] }])
      },
    ),

    that('a response whose handler read the session, found or not, is private and varies by cookie', async (serve) => {
      const { browser } = await serve()
      for (const before of ['/plain', '/dark']) {
        await succeed(browser, before)
        assert.deepEqual(await cachingOf(browser, '/look'), ['private', 'Cookie'])
      }
    }),

    that("the application's caching headers stay if the handler only read the session", async (serve) => {
      const { browser } = await serve({ '/shared': cached((data) => data.theme) })
      assert.deepEqual(await cachingOf(browser, '/shared'), [cacheable['Cache-Control'], 'Accept, Cookie'])
    }),

    that('a streamed response is private, because its handler may still read the session', async (serve) => {
      const { browser } = await serve({ '/stream': () => ({ body: chunks('a', 'b') }) })
      assert.deepEqual(await cachingOf(browser, '/stream'), ['private', 'Cookie'])
    }),

    that("a streamed response keeps the application's caching headers", async (serve) => {
      const { browser } = await serve({ '/stream': () => ({ headers: cacheable, body: chunks('a', 'b') }) })
      const [cacheControl] = await cachingOf(browser, '/stream')
      assert.equal(cacheControl, cacheable['Cache-Control'])
    }),

    that('the error response for a session that cannot be saved is private', async (serve) => {
      const { browser, store } = await serve()
      store.broken.add('insert')
      const { status, headers } = await browser.visit('/dark')
      assert.deepEqual([status, headers['cache-control'], headers.vary], [503, 'private', 'Cookie'])
    }),

    that('a response whose handler never read the session keeps its headers', async (serve) => {
      const { browser } = await serve({ '/shared': () => ({ headers: cacheable }) })
      await succeed(browser, '/dark')
      assert.deepEqual(await cachingOf(browser, '/plain'), [undefined, undefined])
      assert.deepEqual(await cachingOf(browser, '/shared'), [cacheable['Cache-Control'], 'Accept'])
    }),
  ]
}

/** The caching headers of a successful response: `Cache-Control` and `Vary`. */
async function cachingOf(browser: Browser, path: string): Promise<(string | undefined)[]> {
  const { headers } = await succeed(browser, path)
  return [headers['cache-control'], headers.vary]
}

function cached(touch: (data: { theme?: string | undefined }) => unknown): AdapterRoute {
  return ({ data }) => {
    touch(data)
    return { headers: cacheable }
  }
}
