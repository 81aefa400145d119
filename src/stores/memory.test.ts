import { describe, expect, it } from 'vitest'
import {
  type Handle,
  InvalidArgumentError,
  InvalidOptionError,
  memoryStore,
  newHandle,
  type SessionStore,
  StoreUnavailableError,
} from 'sessera'

const hour = 3_600_000

async function add(store: SessionStore, text = 'text', lifetimeMs = hour): Promise<Handle> {
  const handle = newHandle()
  await store.insert(handle, text, lifetimeMs)
  return handle
}

async function change(store: SessionStore, handle: Handle, text: string, lifetimeMs = hour): Promise<string> {
  const { version } = (await store.load(handle))!
  return (await store.replace(handle, version, text, lifetimeMs)).status
}

/** Which of them the store still has. Looks in the given order, and counts as use. */
async function kept(store: SessionStore, ...handles: Handle[]): Promise<boolean[]> {
  const found: boolean[] = []
  for (const handle of handles) found.push((await store.load(handle)) !== undefined)
  return found
}

describe('memoryStore', () => {
  it('keeps no more than maxSessions, and lets the least recently used go', async () => {
    const store = memoryStore({ maxSessions: 2 })
    const [first, second, third] = [await add(store), await add(store), await add(store)]
    expect(await kept(store, first, second, third)).toEqual([false, true, true])
  })

  it('counts a load as use', async () => {
    const store = memoryStore({ maxSessions: 2 })
    const [used, idle] = [await add(store), await add(store)]
    await store.load(used)
    const added = await add(store)
    expect(await kept(store, used, idle, added)).toEqual([true, false, true])
  })

  it('counts a replace as use', async () => {
    const store = memoryStore({ maxSessions: 2 })
    const used = newHandle()
    const version = (await store.insert(used, 'text', hour))!
    const idle = await add(store)
    await store.replace(used, version, 'newer', hour)
    const added = await add(store)
    expect(await kept(store, used, idle, added)).toEqual([true, false, true])
  })

  it('keeps no more than maxBytes of UTF-8 text', async () => {
    const store = memoryStore({ maxBytes: 10 })
    const [first, second, third] = [await add(store, 'éé'), await add(store, 'éé'), await add(store, 'éé')]
    expect(await kept(store, first, second, third)).toEqual([false, true, true])
  })

  it('makes room for a record that grows without losing that record', async () => {
    const store = memoryStore({ maxBytes: 10 })
    const [growing, other] = [await add(store, '12345'), await add(store, '12345')]
    expect(await change(store, growing, '1234567890')).toBe('replaced')
    expect(await kept(store, growing, other)).toEqual([true, false])
  })

  it('gives back the bytes of what was removed, replaced or expired', async () => {
    let time = 0
    const store = memoryStore({ maxBytes: 10, now: () => time })
    const [first, removed] = [await add(store, '12345'), await add(store, '12345')]
    await store.remove(removed)
    const replaced = await add(store, '12345')
    await change(store, replaced, '1')
    const expiring = await add(store, '1234', 5)
    expect(await kept(store, first, replaced, expiring)).toEqual([true, true, true])
    time = 5
    expect(await kept(store, expiring)).toEqual([false])
    const added = await add(store, '1234')
    expect(await kept(store, first, replaced, added)).toEqual([true, true, true])
  })

  it('refuses a record that is larger than maxBytes, and keeps everything as it was', async () => {
    const store = memoryStore({ maxBytes: 10 })
    const [first, second] = [await add(store, '12345'), await add(store, '12345')]
    await expect(add(store, 'ééééé1')).rejects.toThrow(InvalidArgumentError)
    await expect(change(store, first, '12345678901')).rejects.toThrow(/11 bytes.*maxBytes, 10/)
    expect((await store.load(first))?.text).toBe('12345')
    expect(await kept(store, first, second)).toEqual([true, true])
  })

  it('lets expired sessions go before live ones', async () => {
    let time = 0
    const store = memoryStore({ maxSessions: 3, now: () => time })
    const [first, expiring, third] = [await add(store), await add(store, 'text', 10), await add(store)]
    time = 10
    const added = await add(store)
    expect(await kept(store, first, expiring, third, added)).toEqual([true, false, true, true])
  })

  it('notices a lifetime that was shortened', async () => {
    let time = 0
    const store = memoryStore({ maxSessions: 2, now: () => time })
    const [first, shortened] = [await add(store), await add(store)]
    await change(store, shortened, 'text', 10)
    time = 10
    const added = await add(store)
    expect(await kept(store, first, shortened, added)).toEqual([true, false, true])
  })

  it('reclaims expired sessions that are never read again, even when it is not full', async () => {
    let time = 0
    const store = memoryStore({ now: () => time })
    const abandoned = [await add(store, 'text', 10), await add(store, 'text', 20), await add(store, 'text', 30)]
    time = 20
    await add(store)
    time = 0 // turned back: an expired session that was still there would come to light again
    expect(await kept(store, ...abandoned)).toEqual([false, false, true])
    time = 30
    await add(store)
    time = 0
    expect(await kept(store, ...abandoned)).toEqual([false, false, false])
  })

  it('keeps 10,000 sessions by default', async () => {
    const store = memoryStore()
    const [first, second] = [await add(store), await add(store)]
    for (let count = 2; count < 10_001; count++) await add(store)
    expect(await kept(store, first, second)).toEqual([false, true])
  })

  it('hands out copies, so that a caller cannot change what is stored', async () => {
    const store = memoryStore()
    const handle = await add(store)
    Object.assign((await store.load(handle))!, { text: 'changed' })
    expect((await store.load(handle))?.text).toBe('text')
  })

  it('never takes an empty version for the stored one', async () => {
    const store = memoryStore()
    const handle = await add(store)
    expect(await store.replace(handle, '', 'other', hour)).toMatchObject({ status: 'changed' })
    expect(await store.remove(handle, '')).toBe('changed')
  })

  it('rejects once it is closed, instead of saying that there is no session', async () => {
    const store = memoryStore()
    const handle = await add(store)
    await store.close()
    await store.close()
    await expect(store.load(handle)).rejects.toThrow(StoreUnavailableError)
    await expect(store.insert(handle, 'text', hour)).rejects.toThrow(StoreUnavailableError)
    await expect(store.replace(handle, 'version', 'text', hour)).rejects.toThrow(StoreUnavailableError)
    await expect(store.remove(handle)).rejects.toThrow(StoreUnavailableError)
  })

  it.each([
    ['maxSessions', 0],
    ['maxSessions', 1.5],
    ['maxSessions', Infinity],
    ['maxSessions', '10'],
    ['maxBytes', -1],
    ['maxBytes', NaN],
    ['now', 5],
  ])('throws at once when %s is %s', (option, value) => {
    const make = (): unknown => memoryStore({ [option]: value })
    expect(make).toThrow(InvalidOptionError)
    expect(make).toThrow(expect.objectContaining({ option }))
  })
})
