import assert from 'node:assert/strict'
import type { ConformanceCase } from '../case.js'
import type { StoreHarness } from '../store-harness.js'
import { assertStored, existing, long, storeCase, writes } from './stage.js'
import { allPages, assertEntries, entered, newEntry, newUser } from './user-stage.js'

export function closeCases(harness: StoreHarness): ConformanceCase[] {
  const that = storeCase(harness, 'close')
  return [
    that('close() resolves, also when it is called again', async ({ store }) => {
      await store.close()
      await store.close()
    }),

    that('a closed store works or rejects; it never reports a session as missing', async ({ store }) => {
      const { handle, version } = await existing(store)
      await store.close()
      const rejected = () => 'rejected' as const
      assert.notEqual(await store.load(handle).catch(rejected), undefined, 'load returned undefined')
      const insertedAgain = await store.insert(handle, 'other', long).catch(rejected)
      assert.ok(insertedAgain === undefined || insertedAgain === 'rejected', 'insert took the handle for free')
      for (const [, write] of writes) {
        const result = await store[write](handle, version, 'text', long).catch(rejected)
        assert.ok(result === 'rejected' || result.status !== 'gone', `${write} returned "gone"`)
      }
      assert.notEqual(await store.remove(handle).catch(rejected), 'gone', 'remove returned "gone"')
    }),

    that(
      'the users of a closed store are found, or its calls reject',
      async ({ store }) => {
        const user = newUser()
        const handle = await entered(store, user)
        await store.users.revoke(user)
        await store.close()
        const rejected = () => undefined
        for (const page of [
          await store.users.list(user).catch(rejected),
          await store.users.revoke(user).catch(rejected),
        ])
          assert.deepEqual(page?.handles ?? [handle], [handle])
      },
      'users',
    ),

    that(
      'a closed store lists its sessions, or rejects',
      async ({ store }) => {
        const { handle } = await existing(store)
        await store.close()
        const found = await allPages(store.list).catch(() => new Set([handle]))
        assert.ok(found.has(handle), 'list reported the session as missing')
      },
      'list',
    ),

    that(
      'closing a store leaves its users, and their revocations, to other processes',
      async ({ store, second }) => {
        const [user, early] = [newUser(), newEntry(second)]
        const handle = await entered(store, user)
        await store.users.revoke(user)
        await store.close()
        await assertEntries(second, user, [handle])
        assert.deepEqual(await second.users.add(user, early), { status: 'revoked' })
      },
      'users',
      'secondView',
    ),

    that(
      'closing a store leaves its sessions to other processes',
      async ({ store, second }) => {
        const { handle, ...record } = await existing(store)
        await store.close()
        await assertStored(second, handle, record)
      },
      'secondView',
    ),
  ]
}
