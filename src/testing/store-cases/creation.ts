import assert from 'node:assert/strict'
import { newHandle } from 'sessera'
import type { ConformanceCase } from '../case.js'
import type { StoreHarness } from '../store-harness.js'
import { oddTexts } from './odd-texts.js'
import { assertStored, existing, inserted, long, race, replaced, storeCase } from './stage.js'

export function creationCases(harness: StoreHarness): ConformanceCase[] {
  const that = storeCase(harness, 'creation')
  return [
    that('an inserted session is loaded, under the version that insert returned', async ({ store }) => {
      const { handle, ...record } = await existing(store)
      await assertStored(store, handle, record)
    }),

    ...Object.entries(oddTexts).map(([what, text]) =>
      that(`${what}: kept byte for byte`, async ({ store }) => {
        const { handle, version } = await existing(store, text)
        assert.equal((await store.load(handle))?.text, text, 'as inserted')
        await replaced(store, handle, version, `${text}!`, long)
        assert.equal((await store.load(handle))?.text, `${text}!`, 'as replaced')
        const refused = await store.replace(handle, version, 'another', long)
        assert.ok(refused.status === 'changed')
        assert.equal(refused.current.text, `${text}!`, 'as returned by a refused replace')
      }),
    ),

    that('256 KiB are kept, in one-byte and in multi-byte characters', async ({ store }) => {
      for (const text of ['x'.repeat(262_144), 'ä'.repeat(131_072)]) {
        const { handle, version } = await existing(store, text)
        assert.ok((await store.load(handle))?.text === text, 'as inserted')
        await replaced(store, handle, version, `${text}!`, long)
        assert.ok((await store.load(handle))?.text === `${text}!`, 'as replaced')
      }
    }),

    that('insert of a taken handle returns undefined and leaves the session as it was', async ({ store, second }) => {
      const { handle, ...record } = await existing(store)
      assert.equal(await second.insert(handle, 'second', long), undefined)
      await assertStored(store, handle, record)
    }),

    that('of inserts racing for one handle exactly one wins', async (stage) => {
      const handle = newHandle()
      const versions = await race(stage, 8, (view, index) => view.insert(handle, `text ${index}`, long))
      const winners = versions.flatMap((version, index) => (version === undefined ? [] : [{ version, index }]))
      assert.equal(winners.length, 1, `${winners.length} inserts reported that they had won`)
      const [{ version, index }] = winners as [{ version: string; index: number }]
      await assertStored(stage.store, handle, { text: `text ${index}`, version })
    }),

    that(
      'insert with a lifetime that is not positive returns undefined and leaves the handle free',
      async ({ store }) => {
        const handle = newHandle()
        for (const lifetime of [0, -1, -long, Number.NaN]) {
          assert.equal(await store.insert(handle, 'text', lifetime), undefined, `lifetime ${lifetime}`)
          assert.equal(await store.load(handle), undefined, `lifetime ${lifetime}`)
        }
        await inserted(store, handle, 'text', long)
      },
    ),
  ]
}
