import assert from 'node:assert/strict'
import { newHandle, newVersion } from 'sessera'
import type { ConformanceCase } from '../case.js'
import type { StoreHarness } from '../store-harness.js'
import { inserted, long, promptly, race, renewed, replaced, storeCase } from './stage.js'

export function renewalCases(harness: StoreHarness): ConformanceCase[] {
  const that = storeCase(harness, 'renewal')
  return [
    that('a renewal stores its text under a new version, which it returns', async ({ store, second }) => {
      const handle = newHandle()
      const first = await inserted(store, handle, 'before', long)
      const version = await renewed(store, handle, first, 'after', long)
      assert.notEqual(version, first)
      assert.deepEqual({ ...(await second.load(handle)) }, { text: 'after', version })
    }),

    that('a renewal moves the expiry, later or earlier', async ({ store, advance, short }) => {
      const [later, earlier] = await promptly(short, async () => {
        const [later, earlier] = [newHandle(), newHandle()]
        await store.renew(later, await inserted(store, later, 'text', short), 'text', long)
        await renewed(store, earlier, await inserted(store, earlier, 'text', long), 'text', short)
        return [later, earlier]
      })
      await advance(short * 1.2)
      assert.equal((await store.load(later))?.text, 'text')
      assert.equal(await store.load(earlier), undefined)
    }),

    that(
      'a renewal over another version returns "changed" with the current record, and stores nothing',
      async (stage) => {
        const { store, second } = stage
        const handle = newHandle()
        const first = await inserted(store, handle, 'first', long)
        const version = await replaced(second, handle, first, 'theirs', long)
        for (const wrong of [first, '', newVersion()]) {
          const refused = await store.renew(handle, wrong, 'mine', long)
          assert.ok(refused.status === 'changed', `returned "${refused.status}"`)
          assert.deepEqual({ ...refused.current }, { text: 'theirs', version })
        }
        assert.deepEqual({ ...(await store.load(handle)) }, { text: 'theirs', version })
      },
    ),

    that('a renewal of a session that is gone returns "gone" and does not bring it back', async (stage) => {
      const { store, second, advance, short } = stage
      const [unknown, removed, expired] = [newHandle(), newHandle(), newHandle()]
      const versions = [newVersion(), await inserted(store, removed, 'text', long)]
      versions.push(await inserted(store, expired, 'text', short))
      await second.remove(removed)
      await advance(short * 1.2)
      for (const [index, handle] of [unknown, removed, expired].entries()) {
        assert.deepEqual(await store.renew(handle, versions[index]!, 'late', long), { status: 'gone' })
        assert.equal(await store.load(handle), undefined)
      }
    }),

    that('a renewal whose lifetime is not positive returns "gone" and stores nothing', async ({ store }) => {
      const handle = newHandle()
      const version = await inserted(store, handle, 'before', long)
      for (const lifetime of [0, -1, -long, Number.NaN]) {
        assert.deepEqual(
          await store.renew(handle, version, 'after', lifetime),
          { status: 'gone' },
          `lifetime ${lifetime}`,
        )
      }
      assert.deepEqual({ ...(await store.load(handle)) }, { text: 'before', version })
    }),

    that('of renewals, writes and removals racing from one version exactly one wins', async (stage) => {
      const handle = newHandle()
      const version = await inserted(stage.store, handle, 'first', long)
      const answers = await race(stage, 9, async (view, index) => {
        if (index % 3 === 2) return view.remove(handle, version)
        const write = index % 3 === 0 ? view.renew : view.replace
        return (await write(handle, version, `text ${index}`, long)).status
      })
      const winners = answers.filter((answer) => answer === 'removed' || answer === 'replaced')
      assert.equal(winners.length, 1, `${winners.length} calls reported that they had won: ${answers.join(' ')}`)
    }),
  ]
}
