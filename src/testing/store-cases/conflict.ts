import assert from 'node:assert/strict'
import { newVersion } from 'sessera'
import type { ConformanceCase } from '../case.js'
import type { StoreHarness } from '../store-harness.js'
import { assertStored, existing, long, race, replaced, storeCase, writes } from './stage.js'

export function conflictCases(harness: StoreHarness): ConformanceCase[] {
  const that = storeCase(harness, 'conflict')
  return [
    ...writes.flatMap(([aWrite, write]) => [
      that(
        `${aWrite} over another version returns "changed" with the current record, and stores nothing`,
        async (stage) => {
          const { store, second } = stage
          const { handle, version: first } = await existing(store)
          const current = { text: 'theirs', version: await replaced(second, handle, first, 'theirs', long) }
          const refused = await store[write](handle, first, 'mine', long)
          assert.ok(refused.status === 'changed', `returned "${refused.status}"`)
          assert.deepEqual({ ...refused.current }, current)
          await assertStored(store, handle, current)
        },
      ),

      that(
        `of parallel calls of ${write} with one version exactly one wins, and the others get its record`,
        async (stage) => {
          const { handle, version: first } = await existing(stage.store)
          const results = await race(stage, 8, (view, index) => view[write](handle, first, `text ${index}`, long))
          const winners = results.flatMap((result, index) =>
            result.status === 'replaced' ? [{ text: `text ${index}`, version: result.version }] : [],
          )
          assert.equal(winners.length, 1, `${winners.length} writes reported that they had won`)
          for (const result of results) {
            if (result.status === 'replaced') continue
            assert.ok(result.status === 'changed', `a write that lost returned "${result.status}"`)
            assert.deepEqual({ ...result.current }, winners[0])
          }
          await assertStored(stage.store, handle, winners[0]!)
        },
      ),
    ]),

    that('an empty or unknown version never matches', async ({ store }) => {
      const { handle, ...record } = await existing(store)
      const { version } = record
      for (const wrong of ['', ' ', '*', '0', 'undefined', newVersion(), version.slice(0, -1), `${version} `]) {
        for (const [, write] of writes) {
          const { status } = await store[write](handle, wrong, 'other', long)
          assert.equal(status, 'changed', `${write} with ${JSON.stringify(wrong)}`)
        }
        assert.equal(await store.remove(handle, wrong), 'changed', `remove with ${JSON.stringify(wrong)}`)
        await assertStored(store, handle, record)
      }
    }),

    that('a removal with a version removes that version only', async ({ store, second }) => {
      const { handle, version: first } = await existing(store)
      const version = await replaced(second, handle, first, 'second', long)
      assert.equal(await store.remove(handle, first), 'changed')
      await assertStored(store, handle, { text: 'second', version })
      assert.equal(await store.remove(handle, version), 'removed')
      assert.equal(await store.load(handle), undefined)
    }),

    that('of writes and removals racing from one version exactly one wins', async (stage) => {
      const { handle, version } = await existing(stage.store)
      const calls = ['remove', 'replace', 'renew'] as const
      const answers = await race(stage, 9, async (view, index) => {
        const call = calls[index % 3]!
        if (call === 'remove') return view.remove(handle, version)
        return (await view[call](handle, version, `text ${index}`, long)).status
      })
      const winners = answers.flatMap((answer, index) => (answer === 'removed' || answer === 'replaced' ? [index] : []))
      assert.equal(winners.length, 1, `${winners.length} calls reported that they had won: ${answers.join(' ')}`)
      const [winner = 0] = winners
      const isRemoved = calls[winner % 3] === 'remove'
      const losers = answers.toSpliced(winner, 1)
      assert.ok(
        losers.every((answer) => answer === (isRemoved ? 'gone' : 'changed')),
        losers.join(' '),
      )
      assert.equal((await stage.store.load(handle))?.text, isRemoved ? undefined : `text ${winner}`)
    }),
  ]
}
