import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { open } from 'lmdb'
import { type Handle, InvalidArgumentError, newHandle, type SessionStore, StoreUnavailableError } from 'sessera'
import { lmdbStore } from 'sessera/lmdb'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

vi.mock(import('../../engine/timers.js'), () => import('../../../test/support/timers/looked-up.js'))

const hour = 3_600_000
const day = 24 * hour
let folder: string
let time: number
let store: SessionStore
let users: NonNullable<SessionStore['users']>

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  folder = mkdtempSync(join(tmpdir(), 'sessera-lmdb-users-'))
  time = 1_000_000_000_000
  store = openStore()
  users = store.users!
})

afterEach(async () => {
  await store.close()
  vi.useRealTimers()
  rmSync(folder, { recursive: true, force: true })
})

function openStore(): SessionStore {
  return lmdbStore({ path: folder, now: () => time })
}

async function added(userId: string, lifetimeMs = hour): Promise<Handle> {
  const handle = newHandle()
  const result = await users.add(userId, { handle, openedAt: users.moment(), lifetimeMs })
  expect(result.status).toBe('added')
  return handle
}

function addMany(userId: string, count: number, lifetimeMs = hour): Promise<Handle[]> {
  return Promise.all(Array.from({ length: count }, () => added(userId, lifetimeMs)))
}

async function listed(userId: string, index = users): Promise<Handle[]> {
  const found: Handle[] = []
  let after: string | undefined
  do {
    const page = await index.list(userId, after)
    expect(page.handles.length).toBeLessThanOrEqual(500)
    found.push(...page.handles)
    after = page.after
  } while (after !== undefined)
  return found.sort()
}

/** How many rows each database of the index has, past the store. */
async function rows(): Promise<number[]> {
  const root = open({ path: join(folder, 'sessions.mdb') })
  const counts = ['users', 'user-entries', 'user-expiries'].map((name) =>
    root.openDB(name, { encoding: 'string' }).getCount(),
  )
  await root.close()
  return counts
}

async function swept(): Promise<void> {
  vi.advanceTimersByTime(60_000)
  // What is written next waits its turn behind the first batch, the next behind the second.
  for (let batch = 0; batch < 9; batch++) await store.remove(newHandle())
}

describe('the index of users in lmdb', () => {
  it('is in a folder that an earlier version has made', async () => {
    const handle = newHandle()
    await store.close()
    rmSync(folder, { recursive: true })
    const root = open({ path: join(folder, 'sessions.mdb') })
    await root.openDB('records', { encoding: 'string' }).put(handle, `AAAAAAAAAAA ${time + hour} text`)
    await root.openDB('expiries', { encoding: 'string' }).put([time + hour, handle], '')
    await root.close()
    store = openStore()
    users = store.users!
    expect((await store.load(handle))?.text).toBe('text')
    expect((await store.list!()).handles).toEqual([handle])
    expect(await listed('ada')).toEqual([])
    expect([await added('ada')]).toEqual(await listed('ada'))
  })

  it('tells all ids apart, and keeps none', async () => {
    const ids = ['', 'a', 'a\0', 'ab', '{}', '*', '-', '~', 'a\r\nb', '\uD800', '\uDBFF', '\uFFFD', 'ü'.repeat(1024)]
    const handles = await Promise.all(ids.map((id) => added(id)))
    for (const [index, id] of ids.entries()) expect(await listed(id)).toEqual([handles[index]])
    await users.drop('a', handles)
    for (const [index, id] of ids.entries()) expect(await listed(id)).toEqual(id === 'a' ? [] : [handles[index]])
  })

  it('lists more than two pages, whatever is dropped and added meanwhile', async () => {
    const kept = await addMany('ada', 1_200)
    const first = await users.list('ada')
    expect(first.handles).toHaveLength(500)
    await users.drop('ada', [first.handles.at(-1)!])
    await addMany('ada', 10)
    const second = await users.list('ada', first.after)
    const third = await users.list('ada', second.after)
    const found = new Set([...first.handles, ...second.handles, ...third.handles])
    expect(third.after).toBeUndefined()
    expect(kept.filter((handle) => !found.has(handle))).toEqual([])
  })

  it('rejects a cursor that is not its own', async () => {
    for (const cursor of ['', '0', 'x', '../x', 'é'.repeat(3000)]) {
      await expect(users.list('ada', cursor)).rejects.toThrow(InvalidArgumentError)
      await expect(store.list!(cursor)).rejects.toThrow(InvalidArgumentError)
    }
  })

  it('has no entry whose time is over, and counts none', async () => {
    const first = await added('ada', 10)
    await addMany('ada', 100, 10) // more than one addition removes
    time += 9
    expect(await listed('ada')).toHaveLength(101)
    time += 1
    expect(await listed('ada')).toEqual([])
    const entry = { openedAt: users.moment(), lifetimeMs: hour, limit: 1 }
    expect(await users.add('ada', { ...entry, handle: first })).toEqual({ status: 'added', others: 0 })
    expect(await users.add('ada', { ...entry, handle: first })).toEqual({ status: 'added', others: 0 })
    expect(await users.add('ada', { ...entry, handle: newHandle() })).toEqual({ status: 'full' })
    for (let count = 0; count < 10; count++) await added('grace')
    expect(await users.add('ada', { ...entry, handle: first, limit: 1 })).toEqual({ status: 'added', others: 0 })
    expect(await rows()).toEqual([2, 11, 11])
  })

  it('stores nothing for a lifetime that is over or no number', async () => {
    for (const lifetimeMs of [0, -1, NaN]) await added('ada', lifetimeMs)
    expect(await listed('ada')).toEqual([])
    expect(await rows()).toEqual([0, 0, 0])
  })

  it('gives an entry the longest lifetime of its additions', async () => {
    const handle = await added('ada', 10)
    for (const lifetimeMs of [hour, 5, NaN]) await users.add('ada', { handle, openedAt: users.moment(), lifetimeMs })
    time += 10
    await swept()
    expect(await listed('ada')).toEqual([handle])
    expect(await rows()).toEqual([1, 1, 1])
  })

  it('leaves nothing in the file once all is dropped', async () => {
    const handles = await addMany('ada', 30)
    await users.drop('grace', handles)
    expect(await listed('ada')).toHaveLength(30)
    await users.drop('ada', [...handles, newHandle()])
    expect(await rows()).toEqual([0, 0, 0])
  })

  it('is swept of entries and marks when their time is over', async () => {
    await addMany('ada', 450, 10)
    const living = await added('grace', 2 * day)
    await users.revoke('ada')
    await users.revoke('ada')
    await users.revoke('grace')
    time += 10
    await swept()
    expect(await rows()).toEqual([2, 1, 3])
    time += day
    await swept()
    expect(await rows()).toEqual([1, 1, 1])
    expect(await listed('grace')).toEqual([living])
    await users.drop('grace', [living])
    expect(await rows()).toEqual([0, 0, 0])
  })

  it('carries out what is called in one tick in its order', async () => {
    expect(users.seesRecords).toBe(true)
    const handle = newHandle()
    const entry = { handle, openedAt: users.moment(), lifetimeMs: hour }
    const calls = [
      users.revoke('ada'),
      store.insert(handle, 'text', hour),
      users.add('ada', entry),
      users.add('grace', entry),
      store.remove(handle),
    ]
    const [, , ada, grace, removed] = await Promise.all(calls)
    expect([ada, grace, removed]).toEqual([{ status: 'revoked' }, { status: 'added', others: 0 }, 'removed'])
    expect(await store.load(handle)).toBeUndefined()
  })

  it('rejects once the store is closed, also with a cursor', async () => {
    const entry = { handle: newHandle(), openedAt: users.moment(), lifetimeMs: hour }
    await store.close()
    const calls = [
      users.add('ada', entry),
      users.revoke('ada'),
      users.list('ada', newHandle()),
      users.drop('ada', [newHandle()]),
      store.list!(),
    ]
    for (const call of calls) await expect(call).rejects.toThrow(StoreUnavailableError)
    expect(users.moment()).toBe(time)
  })

  it('takes as long for an entry when there are ten thousand', { timeout: 60_000 }, async () => {
    const cpuOf = async (work: () => Promise<unknown>): Promise<number> => {
      const before = process.cpuUsage()
      await work()
      const { user, system } = process.cpuUsage(before)
      return user + system
    }
    await addMany('warm-up', 2_000)
    const first = await cpuOf(() => addMany('ada', 2_000))
    await addMany('ada', 6_000)
    const last = await cpuOf(() => addMany('ada', 2_000))
    expect(last).toBeLessThan(5 * first)
    const handles = await listed('ada')
    expect(new Set(handles).size).toBe(10_000)
    await users.drop('ada', handles)
    expect(await listed('ada')).toEqual([])
  })
})

describe('a revocation in lmdb', () => {
  it('is for what was opened before, in every store, and for nothing opened afterwards, also if the clock stands still', async () => {
    const other = openStore()
    for (const index of [users, other.users!, users]) {
      const openedAt = [users.moment(), other.users!.moment()]
      const { moment } = await index.revoke('ada')
      const entry = { handle: newHandle(), lifetimeMs: hour }
      for (const opened of openedAt)
        for (const each of [users, other.users!])
          expect(await each.add('ada', { ...entry, openedAt: opened })).toEqual({ status: 'revoked' })
      for (const opened of [moment, users.moment(), other.users!.moment()])
        expect((await other.users!.add('ada', { ...entry, openedAt: opened })).status).toBe('added')
      expect((await users.add('grace', { ...entry, openedAt: openedAt[0]! })).status).toBe('added')
    }
    await other.close()
  })

  it('waits until the clock is past its mark', async () => {
    let reads = 0
    const clock = (): number => (++reads > 5 ? time + 1 : time)
    const ticking = lmdbStore({ path: folder, now: clock })
    const { moment } = await ticking.users!.revoke('ada')
    expect([moment, reads > 5]).toEqual([time + 1, true])
    await ticking.close()
  })

  it('returns the first page', async () => {
    const handles = await addMany('ada', 700)
    const first = await users.revoke('ada')
    const second = await users.list('ada', first.after)
    expect([first.handles.length, second.after]).toEqual([500, undefined])
    expect([...first.handles, ...second.handles].sort()).toEqual(handles.sort())
  })

  it('means nothing when the clock was set back before it, and works there', async () => {
    await users.revoke('ada')
    time -= hour
    const openedAt = users.moment()
    await added('ada')
    await users.revoke('ada')
    const entry = { handle: newHandle(), lifetimeMs: hour }
    expect(await users.add('ada', { ...entry, openedAt })).toEqual({ status: 'revoked' })
    await added('ada')
    time += hour + day
    await swept()
    expect(await rows()).toEqual([0, 0, 0])
  })

  it('is remembered as long as a request can be open', async () => {
    const openedAt = users.moment()
    await users.revoke('ada')
    const entry = { handle: newHandle(), openedAt, lifetimeMs: hour }
    for (const passed of [day - 1, 1, day]) {
      time += passed
      await swept()
      expect(await users.add('ada', entry)).toEqual({ status: 'revoked' })
    }
  })
})

describe('the walk over all sessions in lmdb', () => {
  it('has every session that is there all the while, and nothing else', async () => {
    await addMany('ada', 20)
    await users.revoke('ada')
    const handles = await Promise.all(
      Array.from({ length: 1_100 }, async () => {
        const handle = newHandle()
        await store.insert(handle, 'text', hour)
        return handle
      }),
    )
    const first = await store.list!()
    await store.remove(first.handles.at(-1)!)
    const second = await store.list!(first.after)
    const third = await store.list!(second.after)
    expect(first.handles).toHaveLength(500)
    expect(third.after).toBeUndefined()
    expect([...first.handles, ...second.handles, ...third.handles].sort()).toEqual(handles.sort())
  })
})
