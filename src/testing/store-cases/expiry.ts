import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import type { Handle } from 'sessera'
import type { ConformanceCase } from '../case.js'
import type { StoreHarness } from '../store-harness.js'
import {
  assertStored,
  existing,
  inserted,
  long,
  longest,
  promptly,
  replaced,
  storeCase,
  writes,
  written,
} from './stage.js'

export function expiryCases(harness: StoreHarness): ConformanceCase[] {
  const that = storeCase(harness, 'expiry')
  return [
    that('an expired session is gone for load, replace, renew and remove', async ({ store, advance, short }) => {
      const loaded = await existing(store, 'text', short)
      const removed = await existing(store, 'text', short)
      const overwritten = await existing(store, 'text', short)
      await advance(short * 1.2)
      assert.equal(await store.load(loaded.handle), undefined)
      for (const [, write] of writes) {
        const { handle, version } = overwritten
        assert.deepEqual(await store[write](handle, version, 'late', long), { status: 'gone' })
        assert.equal(await store.load(handle), undefined, 'a late write brought it back')
      }
      assert.equal(await store.remove(removed.handle, removed.version), 'gone')
      assert.equal(await store.remove(removed.handle), 'gone')
    }),

    that('the handle of an expired session is free', async ({ store, advance, short }) => {
      const { handle, version: expired } = await existing(store, 'first', short)
      await advance(short * 1.2)
      const version = await inserted(store, handle, 'second', long)
      assert.notEqual(version, expired)
      await assertStored(store, handle, { text: 'second', version })
    }),

    that(
      'a session lives until the last millisecond of its lifetime, and no longer',
      async ({ store, advance }) => {
        const lifetime = 1_500
        const [loaded, changed] = [await existing(store, 'text', lifetime), await existing(store)]
        await replaced(store, changed.handle, changed.version, 'text', lifetime)
        const [late, removed] = [await existing(store, 'text', lifetime), await existing(store, 'text', lifetime)]
        const freed = await existing(store, 'text', lifetime)
        await advance(lifetime - 1)
        for (const { handle } of [loaded, changed]) assert.ok(await store.load(handle), 'it ended too early')
        assert.equal(await store.insert(freed.handle, 'other', long), undefined, 'its handle became free too early')
        await advance(1)
        for (const { handle } of [loaded, changed])
          assert.equal(await store.load(handle), undefined, 'it ended too late')
        assert.equal((await store.replace(late.handle, late.version, 'late', long)).status, 'gone')
        assert.equal(await store.remove(removed.handle), 'gone')
        await inserted(store, freed.handle, 'other', long)
      },
      'exactClock',
    ),

    ...writes.map(([aWrite, write]) =>
      that(`${aWrite} moves the expiry, later or earlier`, async ({ store, advance, short }) => {
        const later = await promptly(short, async () => {
          const { handle, version } = await existing(store, 'text', short)
          await store[write](handle, version, 'text', long)
          return handle
        })
        const earlier = await existing(store)
        await written(store, write, earlier.handle, earlier.version, 'text', short)
        await advance(short * 1.2)
        assert.ok(await store.load(later), 'it was not extended')
        assert.equal(await store.load(earlier.handle), undefined, 'it was not shortened')
      }),
    ),

    that('a load does not move the expiry', async ({ store, advance, short }) => {
      const { handle } = await existing(store, 'text', short)
      await advance(short * 0.7)
      await store.load(handle)
      await advance(short * 0.5)
      assert.equal(await store.load(handle), undefined)
    }),

    that('a refused insert, replace, renew or remove does not move the expiry', async ({ store, advance, short }) => {
      const refusals: ((handle: Handle) => Promise<unknown>)[] = [
        (handle) => store.insert(handle, 'other', long),
        (handle) => store.replace(handle, 'unknown', 'other', long),
        (handle) => store.renew(handle, 'unknown', 'other', long),
        (handle) => store.remove(handle, 'unknown'),
      ]
      const refused = refusals.map((refusal) =>
        promptly(short, async () => {
          const { handle } = await existing(store, 'text', short)
          await refusal(handle)
          return handle
        }),
      )
      const handles = await Promise.all(refused)
      await advance(short * 1.2)
      for (const handle of handles) assert.equal(await store.load(handle), undefined)
    }),

    that('a lifetime below one second is kept', async ({ store }) => {
      const found = await promptly(900, async () => store.load((await existing(store, 'text', 900)).handle))
      assert.equal(found?.text, 'text')
    }),

    that(
      'a lifetime of 90 days is kept',
      async ({ store, advance, short }) => {
        const { handle, version } = await existing(store, 'text', longest)
        await replaced(store, handle, version, 'text', longest)
        await advance(short)
        await wait(5) // a timer that overflows at 2^31 ms would fire at once, also under a fake clock
        assert.ok(await store.load(handle))
      },
      'longLifetime',
    ),

    that('a lifetime with a fraction of a millisecond is accepted', async ({ store }) => {
      const { handle, version } = await existing(store, 'text', long + 0.25)
      await replaced(store, handle, version, 'text', long + 1 / 3)
      assert.ok(await store.load(handle))
    }),
  ]
}
