import assert from 'node:assert/strict'
import type { ConformanceCase } from '../case.js'
import type { StoreHarness } from '../store-harness.js'
import { storeCase } from './stage.js'

/** How far two views may be apart in real time: a slow network makes the measured offset inexact. */
const toleranceMs = 1_000

export function clockCases(harness: StoreHarness): ConformanceCase[] {
  const that = storeCase(harness, 'clock and declarations')
  return [
    that('now() advances in milliseconds as time passes', async ({ store, advance, short }) => {
      const before = store.now()
      await advance(short)
      const passed = store.now() - before
      // Timers may fire a little early, and a clock read over the network is not exact.
      const expected = harness.realTime ? short * 0.5 : short
      assert.ok(passed >= expected, `${short} ms passed but now() moved by ${passed}`)
      assert.ok(passed <= short + toleranceMs * 10, `${short} ms passed but now() moved by ${passed}`)
    }),

    that(
      'now() is the same for every process',
      async ({ store, second }) => {
        const apart = Math.abs(store.now() - second.now())
        assert.ok(apart <= toleranceMs, `the clocks of the two views are ${apart} ms apart`)
      },
      'secondView',
    ),

    that('the store declares the atomicity that the harness declares', async ({ store, second }) => {
      assert.equal(store.atomicity, harness.atomicity)
      assert.equal(second.atomicity, harness.atomicity)
      assert.equal(
        store !== second,
        harness.atomicity === 'store',
        "the harness opens a second view if and only if it declares atomicity 'store'",
      )
    }),
  ]
}
