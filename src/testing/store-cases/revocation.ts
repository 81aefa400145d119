import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import type { ConformanceCase } from '../case.js'
import type { StoreHarness } from '../store-harness.js'
import { race, storeCase } from './stage.js'
import { allPages, assertAdded, assertEntries, entered, newEntry, newUser } from './user-stage.js'

const rounds = 5
/** How long after a revocation a store on a server may still take an opening for an earlier one. */
const inexactMs = 20

export function revocationCases(harness: StoreHarness): ConformanceCase[] {
  const that = storeCase(harness, 'revocation', 'users')
  return [
    that('what was opened before a revocation, or in that moment, is refused in every process', async (stage) => {
      const { store, second } = stage
      for (const [revoker, other] of [[store, second] as const, [second, store] as const]) {
        const user = newUser()
        const early = [newEntry(store), newEntry(second)] as const
        const present = await entered(other, user)
        const lastMoment = newEntry(revoker)
        await revoker.users.revoke(user)
        assert.deepEqual(await store.users.add(user, early[0]), { status: 'revoked' })
        assert.deepEqual(await second.users.add(user, early[1]), { status: 'revoked' })
        assert.deepEqual(await revoker.users.add(user, lastMoment), { status: 'revoked' })
        await assertEntries(store, user, [present])
      }
    }),

    that('what is opened after a revocation is added at once, in every process', async ({ store, second, advance }) => {
      for (let round = 0; round < rounds; round++) {
        const user = newUser()
        await store.users.revoke(user)
        if (harness.realTime) await advance(inexactMs)
        const handles = [await entered(second, user), await entered(store, user)]
        await assertEntries(second, user, handles)
      }
    }),

    that(
      'the moment that revoke returns is after the revocation, and before the next one',
      async ({ store, second }) => {
        for (let round = 0; round < rounds; round++) {
          const user = newUser()
          const { moment: openedAt } = await store.users.revoke(user)
          await entered(store, user, { openedAt })
          await second.users.revoke(user)
          assert.deepEqual(await store.users.add(user, newEntry(store, { openedAt })), { status: 'revoked' })
        }
      },
    ),

    that('a revocation returns the entries of all processes, and leaves them in place', async ({ store, second }) => {
      const user = newUser()
      const handles = [await entered(store, user), await entered(second, user)]
      for (const view of [store, second]) {
        const { handles: found, after } = await view.users.revoke(user)
        assert.equal(after, undefined)
        assert.deepEqual(found.toSorted(), handles.toSorted())
        await assertEntries(view, user, handles)
      }
      const { moment: openedAt } = await store.users.revoke(user)
      assertAdded(await store.users.add(user, newEntry(store, { openedAt })), 2)
    }),

    that('a revocation is for one user', async ({ store, second }) => {
      const [user, other] = [newUser(), newUser()]
      const handle = await entered(second, other)
      const early = newEntry(second)
      await store.users.revoke(user)
      assertAdded(await second.users.add(other, early), 1)
      await assertEntries(store, other, [handle, early.handle])
    }),

    that('a user without entries can be revoked', async ({ store, second }) => {
      const [user, early] = [newUser(), newEntry(second)]
      const { handles, after } = await store.users.revoke(user)
      assert.deepEqual({ handles, after }, { handles: [], after: undefined })
      assert.deepEqual(await second.users.add(user, early), { status: 'revoked' })
    }),

    that('a revocation stays when the entries are dropped', async ({ store, second }) => {
      const [user, early] = [newUser(), newEntry(second)]
      const handles = [await entered(store, user), await entered(second, user)]
      const { moment: openedAt } = await store.users.revoke(user)
      await store.users.drop(user, handles)
      await assertEntries(store, user, [])
      assert.deepEqual(await second.users.add(user, early), { status: 'revoked' })
      assertAdded(await store.users.add(user, newEntry(store, { openedAt })), 0)
    }),

    that('an addition that races with a revocation is refused, or on its pages', async (stage) => {
      for (let round = 0; round < rounds; round++) {
        const user = newUser()
        const early = { store: newEntry(stage.store).openedAt, second: newEntry(stage.second).openedAt }
        let pages: Promise<Set<unknown>> | undefined
        const results = await race(stage, 8, async (view, index) => {
          if (index === 3) {
            for (let turns = 0; turns < round; turns++) await turn()
            pages = revokedBy(view, user)
            pages.catch(() => {}) // awaited below
          }
          const entry = newEntry(view, { openedAt: view === stage.store ? early.store : early.second })
          return { handle: entry.handle, status: (await view.users.add(user, entry)).status }
        })
        const listed = await pages!
        const missed = results.filter(({ handle, status }) => status === 'added' && !listed.has(handle))
        assert.equal(missed.length, 0, `${missed.length} were added that the revocation did not find`)
      }
    }),
  ]
}

/** Revokes a user and returns the entries on all pages. */
function revokedBy({ users }: Parameters<typeof newEntry>[0], user: string): Promise<Set<unknown>> {
  return allPages((after) => (after === undefined ? users.revoke(user) : users.list(user, after)))
}
