import assert from 'node:assert/strict'
import { newHandle } from 'sessera'
import type { ConformanceCase } from '../case.js'
import type { StoreHarness } from '../store-harness.js'
import { existing, race, storeCase } from './stage.js'
import { assertAdded, assertEntries, entered, entriesOf, idsOfAnyCharacters, newEntry, newUser } from './user-stage.js'

export function userCases(harness: StoreHarness): ConformanceCase[] {
  const that = storeCase(harness, 'users', 'users')
  return [
    that('an entry is found by every process at once, under its user only', async ({ store, second }) => {
      const [user, other] = [newUser(), newUser()]
      await assertEntries(second, user, [])
      const handle = await entered(store, user)
      for (const view of [store, second]) {
        await assertEntries(view, user, [handle])
        await assertEntries(view, other, [])
      }
    }),

    that('others counts the other entries of the user, of all processes', async ({ store, second }) => {
      const user = newUser()
      await entered(store, newUser())
      for (const others of [0, 1, 2, 3]) {
        const view = others % 2 === 0 ? store : second
        assertAdded(await view.users.add(user, newEntry(view)), others)
      }
    }),

    that('an entry that is added twice is there once, and no other of itself', async ({ store, second }) => {
      const user = newUser()
      const entry = newEntry(store)
      for (const view of [store, store, second])
        assertAdded(await view.users.add(user, { ...entry, openedAt: view.users.moment() }), 0)
      assert.deepEqual(await store.users.list(user), { handles: [entry.handle], after: undefined })
      assertAdded(await store.users.add(user, newEntry(store)), 1)
    }),

    that('an entry may exist before its session, and outlive it', async ({ store }) => {
      const user = newUser()
      const early = await entered(store, user)
      const { handle: late } = await existing(store)
      await entered(store, user, { handle: late })
      await store.remove(late)
      await assertEntries(store, user, [early, late])
    }),

    that('user ids are text of any characters, and no two of them are the same', async ({ store, second }) => {
      const users = idsOfAnyCharacters()
      const handles = await Promise.all(users.map((user) => entered(store, user)))
      for (const [index, user] of users.entries()) {
        // Other cases may use the same names of inherited properties.
        const found = await entriesOf(second, user)
        const ours = handles.filter((handle) => found.has(handle))
        assert.deepEqual(ours, [handles[index]], `the entries of ${JSON.stringify(user)}`)
      }
    }),

    that('dropped entries are gone for every process; those of other users stay', async ({ store, second }) => {
      const [user, other] = [newUser(), newUser()]
      const [first, next, kept] = [await entered(store, user), await entered(second, user), await entered(store, user)]
      for (const handle of [first, next]) await entered(store, other, { handle })
      await second.users.drop(user, [first, next])
      for (const view of [store, second]) {
        await assertEntries(view, user, [kept])
        await assertEntries(view, other, [first, next])
      }
      assertAdded(await store.users.add(user, newEntry(store)), 1)
    }),

    that('dropping nothing, unknown handles or those of an unknown user changes nothing', async ({ store }) => {
      const user = newUser()
      const handle = await entered(store, user)
      await store.users.drop(user, [])
      await store.users.drop(user, [newHandle(), newHandle()])
      await store.users.drop(newUser(), [handle])
      await assertEntries(store, user, [handle])
    }),

    that(
      'at the limit an addition is refused and adds nothing, unless the entry is there',
      async ({ store, second }) => {
        const user = newUser()
        const limit = 2
        const present = [await entered(store, user, { limit }), await entered(second, user, { limit })]
        for (const view of [store, second])
          assert.deepEqual(await view.users.add(user, newEntry(view, { limit })), { status: 'full' })
        await assertEntries(second, user, present)
        assertAdded(await second.users.add(user, newEntry(second, { handle: present[0]!, limit })), 1)
        const third = await entered(store, user)
        await store.users.drop(user, present)
        const fourth = await entered(second, user, { limit })
        await assertEntries(store, user, [third, fourth])
      },
    ),

    that('of parallel additions exactly as many are accepted as the limit allows', async (stage) => {
      const user = newUser()
      const [before, limit] = [await entered(stage.store, user), 5]
      const results = await race(stage, 20, async (view) => {
        const entry = newEntry(view, { limit })
        return { handle: entry.handle, status: (await view.users.add(user, entry)).status }
      })
      const added = results.filter(({ status }) => status === 'added').map(({ handle }) => handle)
      assert.equal(
        added.length,
        limit - 1,
        `${added.length} were added: ${results.map(({ status }) => status).join(' ')}`,
      )
      await assertEntries(stage.second, user, [before, ...added])
    }),

    that('moment() returns a number at once that never goes back', async ({ store, advance, short }) => {
      let latest = -Infinity
      const look = () => {
        const moment: unknown = store.users.moment()
        assert.ok(typeof moment === 'number' && moment >= latest, `moment() returned ${String(moment)} after ${latest}`)
        latest = moment
      }
      for (let count = 0; count < 100; count++) look()
      await advance(short / 10)
      look()
      await store.users.revoke(newUser())
      look()
      await store.close()
      look()
    }),

    that('where seesRecords says so, mustExist adds a session only if it is stored', async ({ store }) => {
      const seesRecords: unknown = store.users.seesRecords
      assert.equal(typeof seesRecords, 'boolean')
      if (seesRecords === false) return
      const user = newUser()
      const { handle } = await existing(store)
      const mustExist = true
      const { status } = await store.users.add(user, { ...newEntry(store), mustExist })
      assert.equal(status, 'absent')
      assert.deepEqual((await store.users.list(user)).handles, [])
      assert.deepEqual(await store.users.add(user, { ...newEntry(store, { handle }), mustExist }), {
        status: 'added',
        others: 0,
      })
      await store.remove(handle)
      assert.equal((await store.users.add(user, { ...newEntry(store, { handle }), mustExist })).status, 'absent')
    }),
  ]
}
