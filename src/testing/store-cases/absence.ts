import assert from 'node:assert/strict'
import { isHandle, newHandle, newVersion, type Handle } from 'sessera'
import type { ConformanceCase } from '../case.js'
import type { StoreHarness } from '../store-harness.js'
import { inserted, long, storeCase, writes } from './stage.js'

export function absenceCases(harness: StoreHarness): ConformanceCase[] {
  const that = storeCase(harness, 'absence')
  return [
    that('load returns undefined for a handle it never saw', async ({ store }) => {
      assert.equal(await store.load(newHandle()), undefined)
    }),

    ...writes.map(([aWrite, write]) =>
      that(`${aWrite} of a missing session returns "gone" and creates nothing`, async ({ store }) => {
        const handle = newHandle()
        assert.deepEqual(await store[write](handle, newVersion(), 'text', long), { status: 'gone' })
        assert.equal(await store.load(handle), undefined)
      }),
    ),

    that('removing a missing session returns "gone", with or without a version', async ({ store }) => {
      assert.equal(await store.remove(newHandle()), 'gone')
      assert.equal(await store.remove(newHandle(), newVersion()), 'gone')
    }),

    that('handles that look alike are different sessions', async ({ store }) => {
      const handles = handlesThatLookAlike()
      for (const handle of handles) await inserted(store, handle, `session ${handle}`, long)
      for (const handle of handles) assert.equal((await store.load(handle))?.text, `session ${handle}`)
      assert.equal(await store.remove(handles[0]!), 'removed')
      for (const handle of handles.slice(1)) assert.ok(await store.load(handle), `${handle} was removed, too`)
    }),
  ]
}

/** They differ in case, in characters with a meaning in query languages, or in the last character. */
function handlesThatLookAlike(): Handle[] {
  const middle = newHandle().slice(4, 21)
  const alike = ['aB_c', 'Ab_c', 'ab_c', 'aB-c', 'aBxc'].map((start) => `${start}${middle}A`)
  return [...alike, `aB_c${middle}Q`].filter(isHandle)
}
