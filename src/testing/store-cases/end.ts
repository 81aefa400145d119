import assert from 'node:assert/strict'
import type { ConformanceCase } from '../case.js'
import type { StoreHarness } from '../store-harness.js'
import { assertStored, existing, inserted, long, race, replaced, storeCase, writes } from './stage.js'

export function endCases(harness: StoreHarness): ConformanceCase[] {
  const that = storeCase(harness, 'end')
  return [
    that('a removal without a version removes any version', async ({ store }) => {
      const { handle, version } = await existing(store)
      await replaced(store, handle, version, 'second', long)
      assert.equal(await store.remove(handle), 'removed')
      assert.equal(await store.load(handle), undefined)
    }),

    ...writes.map(([aWrite, write]) =>
      that(`${aWrite} of a removed session returns "gone" and does not bring it back`, async ({ store }) => {
        const { handle, version } = await existing(store)
        await store.remove(handle)
        assert.deepEqual(await store[write](handle, version, 'late', long), { status: 'gone' })
        assert.equal(await store.load(handle), undefined)
      }),
    ),

    that(
      'a removal in one process beats a late write in another',
      async ({ store, second }) => {
        const { handle, version } = await existing(store)
        assert.ok(await second.load(handle))
        assert.equal(await store.remove(handle), 'removed')
        for (const [, write] of writes) {
          assert.deepEqual(await second[write](handle, version, 'late', long), { status: 'gone' })
          for (const view of [store, second]) assert.equal(await view.load(handle), undefined)
        }
      },
      'secondView',
    ),

    that('a removal racing with writes leaves nothing', async (stage) => {
      const { handle, version } = await existing(stage.store)
      await race(stage, 8, async (view, index) => {
        if (index === 3) return view.remove(handle)
        return view[index < 5 ? 'replace' : 'renew'](handle, version, `text ${index}`, long)
      })
      assert.equal(await stage.store.load(handle), undefined)
    }),

    that('of several parallel removals exactly one returns "removed"', async (stage) => {
      const { handle, version } = await existing(stage.store)
      const answers = await race(stage, 8, (view, index) => view.remove(handle, index < 4 ? version : undefined))
      assert.deepEqual(answers.toSorted(), [...Array.from({ length: 7 }, () => 'gone'), 'removed'])
    }),

    that('the handle of a removed session is free', async ({ store }) => {
      const { handle } = await existing(store)
      await store.remove(handle)
      const version = await inserted(store, handle, 'second', long)
      await assertStored(store, handle, { text: 'second', version })
    }),
  ]
}
