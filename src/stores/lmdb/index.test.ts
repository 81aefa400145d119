import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Database, open } from 'lmdb'
import { type Handle, InvalidOptionError, newHandle, type SessionStore, StoreUnavailableError } from 'sessera'
import { lmdbStore } from 'sessera/lmdb'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

vi.mock(import('../../engine/timers.js'), () => import('../../../test/support/timers/looked-up.js'))

const hour = 3_600_000
const namespace = process.platform === 'linux' ? ['namespace'] : []
let folder: string
let time: number
let store: SessionStore

beforeEach(() => {
  // Only the interval of the sweep: the database keeps its own timers.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  folder = mkdtempSync(join(tmpdir(), 'sessera-lmdb-'))
  time = 1_000_000
  store = openStore()
})

afterEach(async () => {
  await store.close()
  vi.useRealTimers()
  rmSync(folder, { recursive: true, force: true })
})

function openStore(path = folder): SessionStore {
  return lmdbStore({ path, now: () => time })
}

/** Works on the databases themselves, past the store. */
async function inFile<Result>(
  work: (records: Database<string, Handle>, expiries: Database<string, [number, Handle]>) => Result,
): Promise<Result> {
  const root = open({ path: join(folder, 'sessions.mdb') })
  const records = root.openDB<string, Handle>('records', { encoding: 'string' })
  const expiries = root.openDB<string, [number, Handle]>('expiries', { encoding: 'string' })
  const result = await root.transaction(() => work(records, expiries))
  await root.close()
  return result
}

/** The handles in the file, and the list of what expires when. */
function stored(): Promise<{ handles: Handle[]; expiries: [number, Handle][] }> {
  return inFile((records, expiries) => ({
    handles: Array.from(records.getKeys()),
    expiries: Array.from(expiries.getKeys()),
  }))
}

async function spoil(handle: Handle, value: string): Promise<void> {
  await inFile((records) => records.putSync(handle, value))
}

describe('lmdbStore', () => {
  it('creates the folder, accessible to this user only, with its parents', async () => {
    const path = join(folder, 'not/yet/v1.0')
    await openStore(path).close()
    for (const made of ['not', 'not/yet', 'not/yet/v1.0']) expect(statSync(join(folder, made)).mode & 0o777).toBe(0o700)
    expect(readdirSync(path).sort()).toEqual([
      'guard.mdb',
      'guard.mdb-lock',
      ...namespace,
      'sessions.mdb',
      'sessions.mdb-lock',
    ])
    for (const file of readdirSync(path)) expect(statSync(join(path, file)).mode & 0o777).toBe(0o600)
  })

  it('keeps sessions over closing and opening again', async () => {
    const handle = newHandle()
    const version = await store.insert(handle, 'text', hour)
    await store.close()
    store = openStore()
    expect(await store.load(handle)).toEqual({ text: 'text', version })
    expect(await store.replace(handle, version!, 'newer', hour)).toMatchObject({ status: 'replaced' })
  })

  it('finishes the writes that were under way when it was closed', async () => {
    const handles = Array.from({ length: 50 }, newHandle)
    const inserts = handles.map((handle) => store.insert(handle, 'text', hour))
    await store.close()
    for (const version of await Promise.all(inserts)) expect(version).toHaveLength(11)
    expect((await stored()).handles.sort()).toEqual(handles.sort())
  })

  it('rejects once it is closed, instead of saying that there is no session', async () => {
    const handle = newHandle()
    await store.insert(handle, 'text', hour)
    await store.load(handle)
    await store.close()
    await store.close()
    await expect(store.load(handle)).rejects.toThrow(StoreUnavailableError)
    await expect(store.insert(handle, 'text', hour)).rejects.toThrow(StoreUnavailableError)
    await expect(store.replace(handle, 'version', 'text', hour)).rejects.toThrow(StoreUnavailableError)
    await expect(store.remove(handle)).rejects.toThrow(StoreUnavailableError)
  })

  it('writes only while it holds the guard, so that no other process opens the files meanwhile', async () => {
    const guard = open({ path: join(folder, 'guard.mdb'), overlappingSync: false, eventTurnBatching: false })
    const order: string[] = []
    let release!: () => void
    const held = guard.transaction(() => new Promise<void>((resolve) => (release = resolve)))
    await vi.waitUntil(() => release !== undefined)
    const written = store.insert(newHandle(), 'text', hour).then(() => order.push('written'))
    await pause(50) // time enough to do it wrong
    order.push('released')
    release()
    await Promise.all([held, written])
    await guard.close()
    expect(order).toEqual(['released', 'written'])
  })

  it('shares a folder with another store in the same process, also when that one is closed', async () => {
    const other = openStore()
    const handle = newHandle()
    const version = await store.insert(handle, 'text', hour)
    expect(await other.load(handle)).toEqual({ text: 'text', version })
    expect(await other.replace(handle, version!, 'newer', hour)).toMatchObject({ status: 'replaced' })
    await other.close()
    expect((await store.load(handle))?.text).toBe('newer')
    expect(await store.remove(handle)).toBe('removed')
  })
})

describe('a value that lmdbStore did not write', () => {
  const values = [
    '',
    'rubbish',
    '{"version":1}',
    'AAAAAAAAAAA 12',
    'AAAAAAAAAAA x text',
    ' 5 text',
    'AAAAAAAAAAA 5text',
  ]

  it.each(values)('is handed over whole with an empty version: %j', async (value) => {
    const handle = newHandle()
    await spoil(handle, value)
    expect(await store.load(handle)).toEqual({ text: value, version: '' })
  })

  it('is never overwritten, whatever version is expected', async () => {
    const handle = newHandle()
    await spoil(handle, 'rubbish')
    const current = { text: 'rubbish', version: '' }
    expect(await store.insert(handle, 'text', hour)).toBeUndefined()
    expect(await store.replace(handle, 'AAAAAAAAAAA', 'text', hour)).toEqual({ status: 'changed', current })
    expect(await store.replace(handle, '', 'text', hour)).toEqual({ status: 'changed', current })
    expect(await store.remove(handle, '')).toBe('changed')
    expect(await store.load(handle)).toEqual(current)
  })

  it('can be removed', async () => {
    const handle = newHandle()
    await spoil(handle, 'rubbish')
    expect(await store.remove(handle)).toBe('removed')
    expect(await store.load(handle)).toBeUndefined()
    expect(await store.insert(handle, 'text', hour)).toHaveLength(11)
  })
})

describe('the sweep of lmdbStore', () => {
  const swept = async (): Promise<void> => {
    vi.advanceTimersByTime(60_000)
    // What is written next waits its turn behind the first batch, the next behind the second.
    for (let batch = 0; batch < 12; batch++) await store.remove(newHandle())
  }

  it('takes all that has expired out of the file, and nothing else', async () => {
    const expired = Array.from({ length: 450 }, newHandle) // more than two batches
    const living = [newHandle(), newHandle()]
    await Promise.all(expired.map((handle, index) => store.insert(handle, 'text', 1 + (index % 10))))
    await store.insert(living[0]!, 'text', 11)
    await store.insert(living[1]!, 'text', hour)
    time += 10
    await swept()
    const { handles, expiries } = await stored()
    expect(handles.sort()).toEqual([...living].sort())
    expect(expiries).toEqual([
      [time + 1, living[0]],
      [time - 10 + hour, living[1]],
    ])
  })

  it('goes by the last lifetime that was given', async () => {
    const [extended, shortened] = [newHandle(), newHandle()]
    const versions = [await store.insert(extended, 'text', 10), await store.insert(shortened, 'text', hour)]
    await store.replace(extended, versions[0]!, 'text', hour)
    await store.replace(shortened, versions[1]!, 'text', 10)
    time += 10
    await swept()
    expect(await stored()).toEqual({ handles: [extended], expiries: [[time - 10 + hour, extended]] })
  })

  it('leaves a session alone that took the place of an expired one', async () => {
    const handle = newHandle()
    await store.insert(handle, 'first', 10)
    time += 10
    await store.insert(handle, 'second', hour)
    await swept()
    expect((await store.load(handle))?.text).toBe('second')
    expect((await stored()).expiries).toEqual([[time + hour, handle]])
  })

  it('leaves nothing behind for a session that was removed', async () => {
    const handle = newHandle()
    await store.insert(handle, 'text', hour)
    await store.remove(handle)
    expect(await stored()).toEqual({ handles: [], expiries: [] })
  })

  it('takes what became unreadable when its time has come', async () => {
    const handle = newHandle()
    await store.insert(handle, 'text', 10)
    await spoil(handle, 'rubbish')
    time += 10
    await swept()
    expect(await store.load(handle)).toBeUndefined()
  })

  it('believes the record, not the list, where they differ', async () => {
    const handle = newHandle()
    await store.insert(handle, 'text', hour)
    await inFile((_, expiries) => expiries.putSync([time, handle], ''))
    await swept()
    expect(await stored()).toEqual({ handles: [handle], expiries: [[time + hour, handle]] })
  })

  it('may run in several stores at once', async () => {
    const others = [openStore(), openStore()]
    const handles = Array.from({ length: 450 }, newHandle)
    await Promise.all(handles.map((handle, index) => store.insert(handle, 'text', index % 2 ? 10 : hour)))
    time += 10
    await swept()
    await Promise.all(others.map((other) => other.close()))
    const { handles: left, expiries } = await stored()
    expect([left.length, expiries.length]).toEqual([225, 225])
  })

  it('stops when the store is closed', async () => {
    expect(vi.getTimerCount()).toBeGreaterThan(0)
    await store.close()
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('the options of lmdbStore', () => {
  function refused(option: string, options: object): void {
    const make = (): unknown => lmdbStore(options as never)
    expect(make).toThrow(InvalidOptionError)
    expect(make).toThrow(expect.objectContaining({ option }))
  }

  it.each([[{}], [{ path: '' }], [{ path: 5 }], [{ path: null }]])('need a path: %j', (options) => {
    refused('path', options)
  })

  it('need a clock that is a function, and make no folder without it', () => {
    const path = join(folder, 'new')
    refused('now', { path, now: 5 })
    expect(readdirSync(folder)).not.toContain('new')
  })

  it('refuse a path that is a file, or below one', () => {
    const file = join(folder, 'file')
    writeFileSync(file, '')
    refused('path', { path: file })
    refused('path', { path: join(file, 'below') })
  })

  it('refuse a folder that cannot be made', () => {
    refused('path', { path: `${folder}/\0` })
  })

  it.runIf(process.platform === 'linux')('refuse a folder below /proc, without trying forever', () => {
    refused('path', { path: '/proc/sessera/sessions' })
  })

  it.each(['x', 'not a database '.repeat(1000)])('refuse a folder whose files are no databases: %.10s', (content) => {
    for (const file of ['guard.mdb', 'sessions.mdb']) {
      const path = mkdtempSync(join(folder, 'not-lmdb-'))
      writeFileSync(join(path, file), content)
      refused('path', { path })
    }
  })
})
