import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AnnouncementWatch, SessionStore } from 'sessera'
import { lmdbStore } from 'sessera/lmdb'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

vi.mock(import('../../engine/timers.js'), () => import('../../../test/support/timers/looked-up.js'))

let folder: string
let time: number
let store: SessionStore
const watches: AnnouncementWatch[] = []

beforeEach(() => {
  // Only the intervals of the store: the database keeps its own timers.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  folder = mkdtempSync(join(tmpdir(), 'sessera-lmdb-'))
  time = 1_000_000
  store = lmdbStore({ path: folder, now: () => time })
})
afterEach(async () => {
  for (const watch of watches.splice(0)) await watch.close()
  await store.close()
  vi.useRealTimers()
  rmSync(folder, { recursive: true, force: true })
})

function watch(on = store) {
  const heard: string[] = []
  const interrupted = vi.fn<() => void>()
  const watching = on.announcements!.watch({ heard: (text) => void heard.push(text), interrupted })
  watches.push(watching)
  return { heard, interrupted, watching }
}

/** The next looks. */
async function look(): Promise<void> {
  await vi.advanceTimersByTimeAsync(50)
  await new Promise((resolve) => setImmediate(resolve))
}

async function announce(count: number): Promise<string[]> {
  const texts = Array.from({ length: count }, (_, index) => `number ${index}, with a space`)
  await Promise.all(texts.map((text) => store.announcements!.announce(text)))
  return texts
}

describe('announcements of lmdbStore', () => {
  it('come once and in order to all who watch', async () => {
    const [one, other] = [watch(), watch()]
    const texts = await announce(5)
    await look()
    for (const { heard } of [one, other]) expect(heard).toEqual(texts)
    expect([one, other].map(({ interrupted }) => interrupted.mock.calls.length)).toEqual([0, 0])
    expect(one.watching.delivers).toBe(true)
  })

  it('are kept for a minute, and then leave room for others', async () => {
    await announce(5)
    time += 61_000
    await vi.advanceTimersByTimeAsync(60_000)
    await store.load('A'.repeat(22) as never)
    const { heard } = watch()
    const texts = await announce(1)
    await look()
    expect(heard).toEqual(texts)
  })

  it('say that some were missed when there were too many to keep', async () => {
    const { heard, interrupted } = watch()
    await announce(1_200)
    await look()
    expect(heard).toEqual([])
    expect(interrupted).toHaveBeenCalledOnce()
    const texts = await announce(2)
    await look()
    expect(heard).toEqual(texts)
    expect(interrupted).toHaveBeenCalledOnce()
  })

  it('stop when the store is closed', async () => {
    const { interrupted, watching } = watch()
    await store.close()
    await look()
    expect(interrupted).not.toHaveBeenCalled()
    expect(watching.delivers).toBe(false)
  })
})
