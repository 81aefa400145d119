import assert from 'node:assert/strict'
import { newHandle } from 'sessera'
import type { ConformanceCase } from '../case.js'
import type { StoreHarness } from '../store-harness.js'
import { assertStored, existing, inserted, long, storeCase, writes, written } from './stage.js'

export function changeCases(harness: StoreHarness): ConformanceCase[] {
  const that = storeCase(harness, 'change')
  return [
    ...writes.flatMap(([aWrite, write]) => [
      that(`${aWrite} of the current version is stored, under the version it returns`, async ({ store }) => {
        const { handle, version: first } = await existing(store)
        const version = await written(store, write, handle, first, 'after', long)
        await assertStored(store, handle, { text: 'after', version })
      }),

      that(`${aWrite} whose lifetime is not positive returns "gone" and stores nothing`, async ({ store }) => {
        const { handle, ...record } = await existing(store)
        for (const lifetime of [0, -1, -long, Number.NaN]) {
          const result = await store[write](handle, record.version, 'after', lifetime)
          assert.deepEqual(result, { status: 'gone' }, `lifetime ${lifetime}`)
        }
        await assertStored(store, handle, record)
      }),
    ]),

    that(
      'a write acknowledged to one process is seen by another at once',
      async ({ store, second }) => {
        const handle = newHandle()
        assert.equal(await second.load(handle), undefined)
        let version = await inserted(store, handle, 'one', long)
        for (const [, write] of writes) {
          assert.equal((await second.load(handle))?.version, version)
          version = await written(store, write, handle, version, 'two', long)
        }
        assert.equal((await second.load(handle))?.version, version)
        await store.remove(handle)
        assert.equal(await second.load(handle), undefined)
      },
      'secondView',
    ),

    that('no two stored states share a version, even with equal texts', async ({ store }) => {
      const { handle, version: first } = await existing(store, 'a')
      const versions = [first]
      for (const [index, text] of ['a', 'b', 'a', 'a'].entries()) {
        const write = index % 2 === 0 ? 'replace' : 'renew'
        versions.push(await written(store, write, handle, versions[index]!, text, long))
      }
      await store.remove(handle)
      versions.push(await inserted(store, handle, 'a', long))
      versions.push((await existing(store, 'a')).version)
      assert.equal(new Set(versions).size, versions.length, `a version came twice: ${versions.join(' ')}`)
    }),

    that('changing a returned record does not change the stored one', async ({ store }) => {
      const { handle, ...record } = await existing(store)
      const loaded = await store.load(handle)
      const refused = await store.replace(handle, `${record.version}x`, 'other', long)
      assert.ok(loaded && refused.status === 'changed')
      for (const returned of [loaded, refused.current]) {
        Reflect.set(returned, 'text', 'spoilt') // a frozen object is fine as well
        Reflect.set(returned, 'version', 'spoilt')
        await assertStored(store, handle, record)
      }
    }),
  ]
}
