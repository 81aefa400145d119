import assert from 'node:assert/strict'
import type { ConformanceCase } from '../case.js'
import type { StoreHarness } from '../store-harness.js'
import { long, storeCase } from './stage.js'
import { assertAdded, assertEntries, entered, newEntry, newUser } from './user-stage.js'

const hour = 3_600_000
/** How late an entry may go. */
const latenessMs = 10_000

export function userExpiryCases(harness: StoreHarness): ConformanceCase[] {
  const that = storeCase(harness, "expiry of users' entries", 'users')
  return [
    that('the only entry of a user goes when its lifetime is over', async ({ store, second, advance, short }) => {
      const user = newUser()
      await entered(store, user, { lifetimeMs: short })
      await advance(short * 1.2)
      await assertEntries(second, user, [])
      assertAdded(await store.users.add(user, newEntry(store)), 0)
    }),

    that(
      'an entry whose lifetime is over is not counted, beside one that lasts',
      async ({ store, second, advance, short }) => {
        const user = newUser()
        const lasting = await entered(store, user)
        await entered(store, user, { lifetimeMs: short })
        await advance(short + latenessMs)
        const handle = await entered(second, user, { limit: 2 })
        await assertEntries(store, user, [lasting, handle])
        assertAdded(await store.users.add(user, newEntry(store)), 2)
      },
      'exactClock',
    ),

    that('an entry stays for its lifetime', async ({ store, second, advance, short }) => {
      const user = newUser()
      const handle = await entered(store, user, { lifetimeMs: short * 20 })
      await advance(short)
      await entered(second, newUser())
      await assertEntries(second, user, [handle])
    }),

    that('an entry that is added again is extended', async ({ store, second, advance, short }) => {
      const user = newUser()
      const handle = await entered(store, user, { lifetimeMs: short })
      await entered(second, user, { handle, lifetimeMs: long })
      await advance(short * 1.2)
      await assertEntries(store, user, [handle])
    }),

    that(
      'an entry that is added again for a shorter time is not shortened',
      async ({ store, second, advance, short }) => {
        const user = newUser()
        const handle = await entered(store, user)
        await entered(second, user, { handle, lifetimeMs: short / 2 })
        await advance(short * 1.2)
        await assertEntries(store, user, [handle])
      },
    ),

    that('an entry whose lifetime is not positive does not stay', async ({ store, advance, short }) => {
      const users = [0, -1, -long, Number.NaN].map((lifetimeMs) => ({ user: newUser(), lifetimeMs }))
      for (const { user, lifetimeMs } of users) await entered(store, user, { lifetimeMs })
      await advance(short)
      for (const { user, lifetimeMs } of users) {
        assert.deepEqual((await store.users.list(user)).handles, [], `lifetime ${lifetimeMs}`)
      }
    }),

    that('a revocation outlives the entries of its user', async ({ store, second, advance, short }) => {
      const user = newUser()
      const early = newEntry(second)
      await entered(store, user, { lifetimeMs: short })
      await store.users.revoke(user)
      await advance(short * 1.2)
      await entered(store, user, { lifetimeMs: short / 2 })
      await advance(short * 0.6)
      assert.deepEqual(await second.users.add(user, early), { status: 'revoked' })
    }),

    that(
      'who waits for days is refused as well: the revocation may be forgotten, but not that there was one',
      async ({ store, second, advance }) => {
        for (const waitMs of [23 * hour, 50 * hour]) {
          const user = newUser()
          const [one, other] = [newEntry(store), newEntry(second)]
          await store.users.revoke(user)
          await advance(waitMs)
          await Promise.all(Array.from({ length: 1_100 }, () => entered(store, newUser(), { lifetimeMs: 1 })))
          assert.deepEqual(await store.users.add(user, one), { status: 'revoked' }, `after ${waitMs} ms`)
          assert.deepEqual(await second.users.add(user, other), { status: 'revoked' }, `after ${waitMs} ms`)
          await entered(second, user)
        }
      },
      'exactClock',
    ),
  ]
}
