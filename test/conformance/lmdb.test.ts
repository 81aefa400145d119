import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lmdbStore } from 'sessera/lmdb'
import { describeStore, fakeClock } from 'sessera/testing'
import { describe, it } from 'vitest'

async function openFolder() {
  const path = await mkdtemp(join(tmpdir(), 'sessera-conformance-'))
  const clock = fakeClock()
  const store = lmdbStore({ path, now: clock.now })
  return { path, clock, store, remove: () => rm(path, { recursive: true }) }
}

describeStore({ describe, it }, 'lmdbStore', {
  users: true,
  list: true,
  journal: true,
  announcements: true,
  atomicity: 'store',
  async open() {
    const { path, clock, store, remove } = await openFolder()
    const second = lmdbStore({ path, now: clock.now })
    return {
      store,
      second,
      advance: clock.advance,
      async close() {
        await Promise.all([store.close(), second.close()])
        await remove()
      },
    }
  },
  // A database on the local disk is always reachable. A closed store comes closest to one that is not.
  async unreachable() {
    const { store, remove } = await openFolder()
    await store.close()
    return { store, close: remove }
  },
})
