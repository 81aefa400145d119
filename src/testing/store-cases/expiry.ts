import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { type Handle, newHandle } from 'sessera'
import type { ConformanceCase } from '../case.js'
import type { StoreHarness } from '../store-harness.js'
import { inserted, long, longest, promptly, replaced, storeCase } from './stage.js'

export function expiryCases(harness: StoreHarness): ConformanceCase[] {
  const that = storeCase(harness, 'expiry')
  return [
    that('an expired session is gone for load, replace and remove', async ({ store, advance, short }) => {
      const [loaded, written, removed, removedByVersion] = [newHandle(), newHandle(), newHandle(), newHandle()]
      await inserted(store, loaded, 'text', short)
      await inserted(store, removed, 'text', short)
      const version = await inserted(store, written, 'text', short)
      const sameVersion = await inserted(store, removedByVersion, 'text', short)
      await advance(short * 1.2)
      assert.equal(await store.load(loaded), undefined)
      assert.deepEqual(await store.replace(written, version, 'late', long), { status: 'gone' })
      assert.equal(await store.load(written), undefined, 'a late write brought it back')
      assert.equal(await store.remove(removed), 'gone')
      assert.equal(await store.remove(removedByVersion, sameVersion), 'gone')
    }),

    that('the handle of an expired session is free', async ({ store, advance, short }) => {
      const handle = newHandle()
      const expired = await inserted(store, handle, 'first', short)
      await advance(short * 1.2)
      const version = await inserted(store, handle, 'second', long)
      assert.notEqual(version, expired)
      assert.deepEqual({ ...(await store.load(handle)) }, { text: 'second', version })
    }),

    that(
      'a session lives until the last millisecond of its lifetime, and no longer',
      async ({ store, advance }) => {
        const [loaded, changed, written, removed, freed] = [
          newHandle(),
          newHandle(),
          newHandle(),
          newHandle(),
          newHandle(),
        ]
        const lifetime = 1_500
        await replaced(store, changed, await inserted(store, changed, 'text', long), 'text', lifetime)
        const version = await inserted(store, written, 'text', lifetime)
        for (const handle of [loaded, removed, freed]) await inserted(store, handle, 'text', lifetime)
        await advance(lifetime - 1)
        for (const handle of [loaded, changed]) assert.ok(await store.load(handle), 'it ended too early')
        assert.equal(await store.insert(freed, 'other', long), undefined, 'its handle became free too early')
        await advance(1)
        for (const handle of [loaded, changed]) assert.equal(await store.load(handle), undefined, 'it ended too late')
        assert.equal((await store.replace(written, version, 'late', long)).status, 'gone')
        assert.equal(await store.remove(removed), 'gone')
        await inserted(store, freed, 'other', long)
      },
      'exactClock',
    ),

    that('a replacement moves the expiry later', async ({ store, advance, short }) => {
      const handle = await promptly(short, async () => {
        const fresh = newHandle()
        await store.replace(fresh, await inserted(store, fresh, 'text', short), 'text', long)
        return fresh
      })
      await advance(short * 1.2)
      assert.equal((await store.load(handle))?.text, 'text')
    }),

    that('a replacement moves the expiry earlier', async ({ store, advance, short }) => {
      const handle = newHandle()
      await replaced(store, handle, await inserted(store, handle, 'text', long), 'text', short)
      await advance(short * 1.2)
      assert.equal(await store.load(handle), undefined)
    }),

    that('a load does not move the expiry', async ({ store, advance, short }) => {
      const handle = newHandle()
      await inserted(store, handle, 'text', short)
      await advance(short * 0.7)
      await store.load(handle)
      await advance(short * 0.5)
      assert.equal(await store.load(handle), undefined)
    }),

    that('a refused insert, replace or remove does not move the expiry', async ({ store, advance, short }) => {
      const refusals: ((handle: Handle) => Promise<unknown>)[] = [
        (handle) => store.insert(handle, 'other', long),
        (handle) => store.replace(handle, 'unknown', 'other', long),
        (handle) => store.remove(handle, 'unknown'),
      ]
      const refused = refusals.map((refusal) =>
        promptly(short, async () => {
          const handle = newHandle()
          await inserted(store, handle, 'text', short)
          await refusal(handle)
          return handle
        }),
      )
      const handles = await Promise.all(refused)
      await advance(short * 1.2)
      for (const handle of handles) assert.equal(await store.load(handle), undefined)
    }),

    that('a lifetime below one second is kept', async ({ store }) => {
      const found = await promptly(900, async () => {
        const handle = newHandle()
        await store.insert(handle, 'text', 900)
        return store.load(handle)
      })
      assert.equal(found?.text, 'text')
    }),

    that(
      'a lifetime of 90 days is kept',
      async ({ store, advance, short }) => {
        const handle = newHandle()
        await replaced(store, handle, await inserted(store, handle, 'text', longest), 'text', longest)
        await advance(short)
        await wait(5) // a timer that overflows at 2^31 ms would fire at once, also under a fake clock
        assert.ok(await store.load(handle))
      },
      'longLifetime',
    ),

    that('a lifetime with a fraction of a millisecond is accepted', async ({ store }) => {
      const handle = newHandle()
      await replaced(store, handle, await inserted(store, handle, 'text', long + 0.25), 'text', long + 1 / 3)
      assert.ok(await store.load(handle))
    }),
  ]
}
