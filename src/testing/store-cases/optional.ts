import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { newHandle, type Handle, type SessionStore, type StoredRecord } from 'sessera'
import type { ConformanceCase } from '../case.js'
import type { StoreHarness } from '../store-harness.js'
import { optionalMembers } from './optional-members.js'
import { existing, storeCase } from './stage.js'

/** The optional members except `renew`, which the cases of `replace` cover, and those that a harness declares. */
export function optionalCases(harness: StoreHarness): ConformanceCase[] {
  const that = storeCase(harness, 'optional members')
  return [
    {
      group: 'optional members',
      name: 'the store has the optional members that the harness declares, and no others of them',
      async run() {
        const opened = await harness.open()
        try {
          for (const store of [opened.store, opened.second ?? opened.store])
            for (const member of optionalMembers)
              assert.equal(store[member] !== undefined, harness[member] === true, `\`${member}\` of store and harness`)
        } finally {
          await opened.close()
        }
      },
    },

    that('ready() resolves as often as it is called, concurrent calls included', async ({ store }) => {
      await Promise.all([store.ready(), store.ready()])
      await store.ready()
    }),

    that('shardOf() returns a name or undefined at once, and the same one again', async ({ store }) => {
      for (let count = 0; count < 50; count++) {
        const handle = newHandle()
        const shard: unknown = store.shardOf(handle)
        assert.ok(shard === undefined || typeof shard === 'string', `shardOf returned ${String(shard)}`)
        assert.equal(store.shardOf(handle), shard)
      }
    }),

    that('reportMismatch() does not throw, removes no session, and the store goes on working', async ({ store }) => {
      const { handle, ...record } = await existing(store)
      for (const reported of [handle, newHandle()]) store.reportMismatch(reported)
      assert.deepEqual({ ...(await loadedSoon(store, handle)) }, record)
    }),
  ]
}

/** A store may have to connect again first. */
async function loadedSoon(store: SessionStore, handle: Handle): Promise<StoredRecord | undefined> {
  for (const start = performance.now(); performance.now() - start < 3_000; await wait(20)) {
    try {
      return await store.load(handle)
    } catch {}
  }
  return store.load(handle)
}
