import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Handle, SessionEvents } from 'sessera'
import type { AdapterHarness, AdapterResponse, AdapterRoute } from '../adapter-harness.js'
import type { ConformanceCase } from '../case.js'
import { gate } from '../gate.js'
import { adapterCase, chunks, handleIn, look, type Stage } from './stage.js'

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

    that(
      'a redirect that is thrown carries the cookie, and keeps a sign-in',
      async (serve) => {
        const { browser } = await serve({
          '/go': (session) => {
            session.signIn('ada')
            throw harness.redirect?.('/look')
          },
        })
        const { status, headers, setCookies } = await browser.visit('/go')
        assert.deepEqual([status, headers.location, setCookies.length], [303, '/look', 1])
        assert.equal((await look(browser)).userId, 'ada')
      },
      harness.redirect === undefined ? 'declares no `redirect`, so nothing is thrown to redirect' : undefined,
    ),

    that('the first byte of a redirect is not sent before the session is saved', async (serve) => {
      const stage = await serve({ '/go': darkening(() => ({ status: 302, headers: { Location: '/look' } })) })
      await staysAway(stage, '/go')
    }),

    that('the first byte of a stream is not sent before the session is saved', async (serve) => {
      const stage = await serve({ '/stream': darkening(() => ({ body: chunks('a', 'b', 'c') })) })
      assert.equal(await staysAway(stage, '/stream'), 'abc')
    }),

    that('what a stream changes after its first byte is not saved, and an event tells so', async (serve) => {
      const held = gate()
      const stage = await serve({
        '/stream': ({ data }) => {
          data.theme = 'dark'
          return { body: inTwo(held.pass, () => (data.cart = ['late'])) }
        },
      })
      const told = lateChanges()
      const arrival = stage.browser.arrive('/stream')
      await stage.until(held)
      const { rest } = await arrival
      held.open()
      assert.equal(await rest(), 'firstsecond')
      assert.ok(await stage.isDone(told.of(handleIn(stage.browser))), 'nothing tells of the change')
      told.stop()
      assert.deepEqual(await look(stage.browser), { data: { theme: 'dark' } })
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

async function* inTwo(pass: () => Promise<void>, between = (): unknown => undefined): AsyncGenerator<string> {
  yield 'first'
  await pass()
  between()
  yield 'second'
}

/** Listens for the event `late-change`. Other cases may run at the same time. */
function lateChanges(): { of(handle: Handle): Promise<void>; stop(): void } {
  const heard = new Map<unknown, () => void>()
  const known = new Set<unknown>()
  const note = (message: unknown): void => {
    const { handle } = message as SessionEvents['late-change']
    known.add(handle)
    heard.get(handle)?.()
  }
  subscribe('sessera:late-change', note)
  return {
    of: (handle) => new Promise((resolve) => (known.has(handle) ? resolve() : heard.set(handle, resolve))),
    stop: () => void unsubscribe('sessera:late-change', note),
  }
}
