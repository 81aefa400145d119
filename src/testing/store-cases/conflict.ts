import assert from 'node:assert/strict'
import { newHandle, newVersion } from 'sessera'
import type { ConformanceCase } from '../case.js'
import type { StoreHarness } from '../store-harness.js'
import { inserted, long, race, replaced, storeCase } from './stage.js'

export function conflictCases(harness: StoreHarness): ConformanceCase[] {
  const that = storeCase(harness, 'conflict')
  return [
    that(
      'a write over another version returns "changed" with the current record, and stores nothing',
      async (stage) => {
        const { store, second } = stage
        const handle = newHandle()
        const first = await inserted(store, handle, 'first', long)
        const version = await replaced(second, handle, first, 'theirs', long)
        const refused = await store.replace(handle, first, 'mine', long)
        assert.ok(refused.status === 'changed', `returned "${refused.status}"`)
        assert.deepEqual({ ...refused.current }, { text: 'theirs', version })
        assert.deepEqual({ ...(await store.load(handle)) }, { text: 'theirs', version })
      },
    ),

    that('the next write succeeds on the record that "changed" returned', async ({ store, second }) => {
      const handle = newHandle()
      const first = await inserted(store, handle, 'first', long)
      await replaced(second, handle, first, 'theirs', long)
      const refused = await store.replace(handle, first, 'mine', long)
      assert.ok(refused.status === 'changed')
      await replaced(store, handle, refused.current.version, 'merged', long)
      assert.equal((await second.load(handle))?.text, 'merged')
    }),

    that('of parallel writes from one version exactly one wins, and the others get its record', async (stage) => {
      const handle = newHandle()
      const first = await inserted(stage.store, handle, 'first', long)
      const results = await race(stage, 8, (view, index) => view.replace(handle, first, `text ${index}`, long))
      const winners = results.flatMap((result, index) =>
        result.status === 'replaced' ? [{ text: `text ${index}`, version: result.version }] : [],
      )
      assert.equal(winners.length, 1, `${winners.length} writes reported that they had won`)
      for (const result of results) {
        if (result.status === 'replaced') continue
        assert.ok(result.status === 'changed', `a write that lost returned "${result.status}"`)
        assert.deepEqual({ ...result.current }, winners[0])
      }
      assert.deepEqual({ ...(await stage.store.load(handle)) }, winners[0])
    }),

    that('an empty or unknown version never matches', async ({ store }) => {
      const handle = newHandle()
      const version = await inserted(store, handle, 'text', long)
      for (const wrong of ['', ' ', '*', '0', 'undefined', newVersion(), version.slice(0, -1), `${version} `]) {
        const result = await store.replace(handle, wrong, 'other', long)
        assert.equal(result.status, 'changed', `replace with ${JSON.stringify(wrong)}`)
        assert.equal(await store.remove(handle, wrong), 'changed', `remove with ${JSON.stringify(wrong)}`)
        assert.deepEqual({ ...(await store.load(handle)) }, { text: 'text', version })
      }
    }),

    that('a removal with a version removes that version only', async ({ store, second }) => {
      const handle = newHandle()
      const first = await inserted(store, handle, 'first', long)
      const version = await replaced(second, handle, first, 'second', long)
      assert.equal(await store.remove(handle, first), 'changed')
      assert.deepEqual({ ...(await store.load(handle)) }, { text: 'second', version })
      assert.equal(await store.remove(handle, version), 'removed')
      assert.equal(await store.load(handle), undefined)
    }),

    that('of writes and removals racing from one version exactly one wins', async (stage) => {
      const handle = newHandle()
      const version = await inserted(stage.store, handle, 'first', long)
      const answers = await race(stage, 8, async (view, index) =>
        index % 2 === 0
          ? view.remove(handle, version)
          : (await view.replace(handle, version, `text ${index}`, long)).status,
      )
      const winners = answers.flatMap((answer, index) => (answer === 'removed' || answer === 'replaced' ? [index] : []))
      assert.equal(winners.length, 1, `${winners.length} calls reported that they had won: ${answers.join(' ')}`)
      const [winner = 0] = winners
      const others = winner % 2 === 0 ? 'gone' : 'changed'
      assert.deepEqual(
        answers.toSpliced(winner, 1),
        Array.from({ length: 7 }, () => others),
      )
      assert.equal((await stage.store.load(handle))?.text, winner % 2 === 0 ? undefined : `text ${winner}`)
    }),
  ]
}
