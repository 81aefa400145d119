import assert from 'node:assert/strict'
import { newHandle } from 'sessera'
import type { ConformanceCase } from '../case.js'
import type { StoreHarness } from '../store-harness.js'
import { inserted, long, replaced, storeCase } from './stage.js'

export function changeCases(harness: StoreHarness): ConformanceCase[] {
  const that = storeCase(harness, 'change')
  return [
    that('a replacement of the current version is stored, under the version it returns', async ({ store }) => {
      const handle = newHandle()
      const first = await inserted(store, handle, 'before', long)
      const second = await replaced(store, handle, first, 'after', long)
      assert.deepEqual({ ...(await store.load(handle)) }, { text: 'after', version: second })
    }),

    that(
      'a write acknowledged to one process is seen by another at once',
      async ({ store, second }) => {
        const handle = newHandle()
        assert.equal(await second.load(handle), undefined)
        const version = await inserted(store, handle, 'one', long)
        assert.equal((await second.load(handle))?.text, 'one')
        await replaced(store, handle, version, 'two', long)
        assert.equal((await second.load(handle))?.text, 'two')
        await store.remove(handle)
        assert.equal(await second.load(handle), undefined)
      },
      'secondView',
    ),

    that('no two stored states share a version, even with equal texts', async ({ store }) => {
      const handle = newHandle()
      const versions: string[] = []
      let version = await inserted(store, handle, 'a', long)
      versions.push(version)
      for (const text of ['a', 'b', 'a']) {
        version = await replaced(store, handle, version, text, long)
        versions.push(version)
      }
      await store.remove(handle)
      versions.push(await inserted(store, handle, 'a', long))
      versions.push(await inserted(store, newHandle(), 'a', long))
      assert.equal(new Set(versions).size, versions.length, `a version came twice: ${versions.join(' ')}`)
    }),

    that('changing a returned record does not change the stored one', async ({ store }) => {
      const handle = newHandle()
      const version = await inserted(store, handle, 'text', long)
      const loaded = await store.load(handle)
      const refused = await store.replace(handle, `${version}x`, 'other', long)
      assert.ok(loaded && refused.status === 'changed')
      for (const handedOut of [loaded, refused.current]) {
        Reflect.set(handedOut, 'text', 'spoilt') // a frozen object is fine as well
        Reflect.set(handedOut, 'version', 'spoilt')
        assert.deepEqual({ ...(await store.load(handle)) }, { text: 'text', version })
      }
    }),

    that('a replacement whose lifetime is not positive returns "gone" and stores nothing', async ({ store }) => {
      const handle = newHandle()
      const version = await inserted(store, handle, 'before', long)
      for (const lifetime of [0, -1, -long, Number.NaN]) {
        assert.deepEqual(
          await store.replace(handle, version, 'after', lifetime),
          { status: 'gone' },
          `lifetime ${lifetime}`,
        )
      }
      assert.deepEqual({ ...(await store.load(handle)) }, { text: 'before', version })
    }),
  ]
}
