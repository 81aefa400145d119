import assert from 'node:assert/strict'
import { type Handle, InvalidArgumentError, newHandle } from 'sessera'
import type { ConformanceCase } from '../case.js'
import type { StoreHarness } from '../store-harness.js'
import { existing, race, type Stage, storeCase } from './stage.js'
import { allPages, entered, entriesOf, newUser } from './user-stage.js'

export function listingCases(harness: StoreHarness): ConformanceCase[] {
  const that = storeCase(harness, 'list', 'list')
  return [
    that('list finds the sessions of every process', async ({ store, second }) => {
      const one = await existing(store)
      const other = await existing(second)
      for (const view of [store, second]) assertFound(await allPages(view.list), [one.handle, other.handle])
    }),

    that('list does not find what was removed', async ({ store, second }) => {
      const { handle } = await existing(store)
      await second.remove(handle)
      assert.ok(!(await allPages(store.list)).has(handle), 'a removed session is listed')
    }),

    that('list finds every session that stays, while others come and go', async (stage) => {
      const handles = await sessions(stage, 600)
      const staying = handles.filter((_, index) => index % 2 === 0)
      const going = handles.filter((_, index) => index % 2 === 1)
      const found = await allPages(stage.store.list, async () => {
        await Promise.all(going.splice(0, 20).map((handle) => stage.second.remove(handle)))
        await existing(stage.second)
      })
      assertFound(found, staying)
    }),

    that(
      'list shows sessions only: neither users nor their entries',
      async ({ store }) => {
        const user = newHandle()
        const entry = await entered(store, user)
        await store.users.revoke(newHandle())
        const found = await allPages(store.list)
        assert.ok(!found.has(user) && !found.has(entry), 'a user or an entry is listed')
      },
      'users',
    ),

    that('list rejects a cursor that is not from this store', async ({ store }) => {
      await existing(store)
      for (const cursor of ['', 'nonsense', '*', '{}', '\0', '-1', 'x'.repeat(1_024)]) {
        const reason: unknown = await store.list(cursor).then(
          () => 'a page',
          (error: Error) => error.cause,
        )
        assert.ok(reason instanceof InvalidArgumentError, `${JSON.stringify(cursor)} gave ${String(reason)}`)
      }
    }),

    storeCase(
      harness,
      'users',
      'users',
    )("a user's entries that stay are found on the pages, while others come and go", async (stage) => {
      const user = newUser()
      // In two parts: some clients refuse more than a thousand commands at once.
      const handles = [...(await race(stage, 600, (view) => entered(view, user)))]
      handles.push(...(await race(stage, 600, (view) => entered(view, user))))
      const staying = handles.filter((_, index) => index % 2 === 0)
      const going = handles.filter((_, index) => index % 2 === 1)
      const { store, second } = stage
      assert.deepEqual(await entriesOf(store, user), new Set(handles))
      const between = async () => {
        await second.users.drop(user, going.splice(0, 100))
        await entered(second, user)
      }
      assertFound(await allPages((after) => store.users.list(user, after), between), staying)
      const fetch = (after?: string) => (after === undefined ? store.users.revoke(user) : store.users.list(user, after))
      assertFound(await allPages(fetch), staying)
    }),
  ]
}

function sessions(stage: Stage, count: number): Promise<Handle[]> {
  return race(stage, count, async (view) => (await existing(view)).handle)
}

function assertFound(found: ReadonlySet<Handle>, handles: readonly Handle[]): void {
  const missing = handles.filter((handle) => !found.has(handle))
  assert.equal(missing.length, 0, `${missing.length} of ${handles.length} are not on the pages`)
}
