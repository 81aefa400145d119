import assert from 'node:assert/strict'
import type { AdapterHarness } from '../adapter-harness.js'
import type { ConformanceCase } from '../case.js'
import { adapterCase, look, succeed } from './stage.js'

const tenMinutes = 600_000

export function renewingCases(harness: AdapterHarness): ConformanceCase[] {
  const that = adapterCase(harness, 'renewal')
  return [
    that('a session that is only read is renewed and stays alive', async (serve) => {
      const { browser, clock, store } = await serve()
      await succeed(browser, '/dark')
      for (let read = 0; read < 5; read++) {
        clock.advance(tenMinutes)
        await succeed(browser, '/look')
        await store.settled()
      }
      assert.deepEqual(await look(browser), { data: { theme: 'dark' } })
    }),

    that('a renewal sends no cookie', async (serve) => {
      const { browser, clock, store } = await serve()
      await succeed(browser, '/dark')
      clock.advance(tenMinutes)
      assert.deepEqual((await succeed(browser, '/look')).setCookies, [])
      assert.ok(store.asked.includes('replace'), 'after a third of its idle time a session must be renewed')
    }),

    that('a response does not wait for the renewal', async (serve) => {
      const { browser, clock, store, until, isDone } = await serve()
      await succeed(browser, '/dark')
      clock.advance(tenMinutes)
      const held = store.hold('replace')
      const read = browser.visit('/look')
      await until(held)
      assert.ok(await isDone(read), 'the answer waits for the renewal')
    }),

    that('a failed renewal does not fail the request', async (serve) => {
      const { browser, clock, store } = await serve()
      await succeed(browser, '/dark')
      clock.advance(tenMinutes)
      store.broken.add('replace')
      assert.equal((await browser.visit('/look')).status, 200)
      assert.ok(store.asked.includes('replace'))
    }),

    that('a renewal does not bring a signed-out session back', async (serve) => {
      const { browser, another, clock, store, until, isDone } = await serve()
      await succeed(browser, '/sign-in')
      const cookie = browser.cookies()
      clock.advance(tenMinutes)
      const held = store.hold('replace')
      const read = browser.visit('/look')
      await until(held)
      assert.ok(await isDone(read), 'the answer waits for the renewal')
      assert.ok(await isDone(browser.visit('/sign-out')), 'the sign-out waits for the renewal')
      held.open()
      await store.settled()
      assert.deepEqual(await look(another(), cookie), { data: {} })
    }),
  ]
}
