import assert from 'node:assert/strict'
import { newHandle } from 'sessera'
import type { ConformanceCase } from '../case.js'
import type { StoreHarness } from '../store-harness.js'
import { inserted, long, storeCase } from './stage.js'

export function closeCases(harness: StoreHarness): ConformanceCase[] {
  const that = storeCase(harness, 'close')
  return [
    that('close() resolves, also when it is called again', async ({ store }) => {
      await store.close()
      await store.close()
    }),

    that('a closed store works or rejects; it never reports a session as missing', async ({ store }) => {
      const handle = newHandle()
      const version = await inserted(store, handle, 'text', long)
      await store.close()
      const rejected = () => 'rejected' as const
      const loaded = await store.load(handle).catch(rejected)
      assert.notEqual(loaded, undefined, 'load returned undefined')
      const insertedAgain = await store.insert(handle, 'other', long).catch(rejected)
      assert.ok(insertedAgain === undefined || insertedAgain === 'rejected', 'insert took the handle for free')
      for (const write of ['replace', 'renew'] as const) {
        const result = await store[write](handle, version, 'text', long).catch(rejected)
        assert.ok(result === 'rejected' || result.status !== 'gone', `${write} returned "gone"`)
      }
      assert.notEqual(await store.remove(handle).catch(rejected), 'gone', 'remove returned "gone"')
    }),

    that(
      'closing a store leaves its sessions to other processes',
      async ({ store, second }) => {
        const handle = newHandle()
        const version = await inserted(store, handle, 'text', long)
        await store.close()
        assert.deepEqual({ ...(await second.load(handle)) }, { text: 'text', version })
      },
      'secondView',
    ),
  ]
}
