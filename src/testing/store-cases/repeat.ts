import assert from 'node:assert/strict'
import type { ConformanceCase } from '../case.js'
import type { StoreHarness } from '../store-harness.js'
import { assertStored, existing, inserted, long, replaced, storeCase } from './stage.js'

/** A call that timed out may still arrive, late or twice, because a client or the network sent it again. */
export function repeatCases(harness: StoreHarness): ConformanceCase[] {
  const that = storeCase(harness, 'calls that arrive late or twice')
  return [
    that('a write that arrives twice is stored once', async ({ store }) => {
      const { handle, version: first } = await existing(store)
      const current = { text: 'second', version: await replaced(store, handle, first, 'second', long) }
      const again = await store.replace(handle, first, 'second', long)
      assert.ok(again.status === 'changed', `returned "${again.status}"`)
      assert.deepEqual({ ...again.current }, current)
      await assertStored(store, handle, current)
    }),

    that('a write or removal that arrives late does not touch a newer state', async ({ store }) => {
      const { handle, version: first } = await existing(store)
      const second = await replaced(store, handle, first, 'second', long)
      const version = await replaced(store, handle, second, 'third', long)
      assert.equal((await store.replace(handle, first, 'second', long)).status, 'changed')
      assert.equal(await store.remove(handle, first), 'changed')
      await assertStored(store, handle, { text: 'third', version })
    }),

    that('an insert that arrives twice does not touch a newer state', async ({ store }) => {
      const { handle, version: first } = await existing(store, 'first')
      const version = await replaced(store, handle, first, 'second', long)
      assert.equal(await store.insert(handle, 'first', long), undefined)
      await assertStored(store, handle, { text: 'second', version })
    }),

    that('a late call for an ended session does not touch a later one with the same handle', async ({ store }) => {
      const { handle, version: first } = await existing(store)
      const second = await replaced(store, handle, first, 'ended', long)
      await store.remove(handle)
      const version = await inserted(store, handle, 'later', long)
      for (const old of [first, second]) {
        assert.equal((await store.replace(handle, old, 'late', long)).status, 'changed')
        assert.equal(await store.remove(handle, old), 'changed')
      }
      await assertStored(store, handle, { text: 'later', version })
    }),
  ]
}
