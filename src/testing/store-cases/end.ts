import assert from 'node:assert/strict'
import { newHandle } from 'sessera'
import type { ConformanceCase } from '../case.js'
import type { StoreHarness } from '../store-harness.js'
import { inserted, long, race, replaced, storeCase } from './stage.js'

export function endCases(harness: StoreHarness): ConformanceCase[] {
  const that = storeCase(harness, 'end')
  return [
    that('a removal without a version removes any version', async ({ store }) => {
      const handle = newHandle()
      await replaced(store, handle, await inserted(store, handle, 'first', long), 'second', long)
      assert.equal(await store.remove(handle), 'removed')
      assert.equal(await store.load(handle), undefined)
    }),

    that('a write to a removed session returns "gone" and does not bring it back', async ({ store }) => {
      const handle = newHandle()
      const version = await inserted(store, handle, 'text', long)
      await store.remove(handle)
      assert.deepEqual(await store.replace(handle, version, 'late', long), { status: 'gone' })
      assert.equal(await store.load(handle), undefined)
    }),

    that(
      'a removal in one process beats a late write in another',
      async ({ store, second }) => {
        const handle = newHandle()
        await inserted(store, handle, 'text', long)
        const seen = await second.load(handle)
        assert.ok(seen)
        assert.equal(await store.remove(handle), 'removed')
        assert.deepEqual(await second.replace(handle, seen.version, 'late', long), { status: 'gone' })
        assert.equal(await second.load(handle), undefined)
        assert.equal(await store.load(handle), undefined)
      },
      'secondView',
    ),

    that('a removal racing with writes leaves nothing', async (stage) => {
      const handle = newHandle()
      const version = await inserted(stage.store, handle, 'text', long)
      await race(stage, 8, async (view, index) =>
        index === 3 ? view.remove(handle) : view.replace(handle, version, `text ${index}`, long),
      )
      assert.equal(await stage.store.load(handle), undefined)
    }),

    that('of several parallel removals exactly one returns "removed"', async (stage) => {
      const handle = newHandle()
      const version = await inserted(stage.store, handle, 'text', long)
      const answers = await race(stage, 8, (view, index) => view.remove(handle, index < 4 ? version : undefined))
      assert.deepEqual(answers.toSorted(), [...Array.from({ length: 7 }, () => 'gone'), 'removed'])
    }),

    that('the handle of a removed session is free', async ({ store }) => {
      const handle = newHandle()
      await inserted(store, handle, 'first', long)
      await store.remove(handle)
      const version = await inserted(store, handle, 'second', long)
      assert.deepEqual({ ...(await store.load(handle)) }, { text: 'second', version })
    }),
  ]
}
