import assert from 'node:assert/strict'
import type { AdapterHarness, AdapterResponse, AdapterRoute } from '../adapter-harness.js'
import type { ConformanceCase } from '../case.js'
import { gate } from '../gate.js'
import { adapterCase, chunks, look, type Stage } from './stage.js'

export function firstByteCases(harness: AdapterHarness): ConformanceCase[] {
  const that = adapterCase(harness, 'the first byte')
  const carries = (name: string, answer: AdapterResponse, method = 'GET'): ConformanceCase =>
    that(name, async (serve) => {
      const { browser } = await serve({ '/answer': darkening(() => answer) })
      const { status, setCookies, headers } = await browser.visit('/answer', { method })
      assert.deepEqual([status, setCookies.length], [answer.status ?? 200, 1])
      assert.equal(headers.location, answer.headers?.['Location'])
      assert.deepEqual(await look(browser), { data: { theme: 'dark' } })
    })

  return [
    carries('a redirect carries the cookie', { status: 302, headers: { Location: '/look' } }),
    carries('an empty response carries the cookie', { status: 204 }),
    carries('a response to HEAD carries the cookie', { body: 'body' }, 'HEAD'),
    carries('"not modified" carries the cookie', { status: 304, headers: { ETag: '"1"' } }),

    that('the first byte of a redirect is not sent before the session is saved', async (serve) => {
      const stage = await serve({ '/go': darkening(() => ({ status: 302, headers: { Location: '/look' } })) })
      await staysAway(stage, '/go')
    }),

    that('the first byte of a stream is not sent before the session is saved', async (serve) => {
      const stage = await serve({ '/stream': darkening(() => ({ body: chunks('a', 'b', 'c') })) })
      assert.equal(await staysAway(stage, '/stream'), 'abc')
    }),

    that('the first byte of a stream is sent without waiting for the rest', async (serve) => {
      const held = gate()
      const stage = await serve({ '/stream': darkening(() => ({ body: inTwo(held.pass) })) })
      const arrival = stage.browser.arrive('/stream')
      await stage.until(held)
      assert.ok(await stage.isDone(arrival), 'the stream is kept back')
      const { setCookies, next, rest } = await arrival
      assert.equal(setCookies.length, 1)
      assert.equal(await next(), 'first')
      held.open()
      assert.equal(await rest(), 'second')
    }),
  ]
}

function darkening(answer: () => AdapterResponse): AdapterRoute {
  return ({ data }) => {
    data.theme = 'dark'
    return answer()
  }
}

/** Asserts that nothing arrives while the store is held, and that the session can be read as soon as something does. */
async function staysAway(stage: Stage, path: string): Promise<string> {
  const { browser, store } = stage
  const held = store.hold('insert')
  const arrival = browser.arrive(path)
  await stage.until(held)
  assert.equal(await stage.isDone(arrival, 3), false, 'bytes were sent before the session was stored')
  held.open()
  const { setCookies, rest } = await arrival
  assert.equal(setCookies.length, 1)
  assert.deepEqual(await look(browser), { data: { theme: 'dark' } })
  return rest()
}

async function* inTwo(pass: () => Promise<void>): AsyncGenerator<string> {
  yield 'first'
  await pass()
  yield 'second'
}
