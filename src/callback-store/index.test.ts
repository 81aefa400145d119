import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { InvalidOptionError, newHandle, StoreUnavailableError } from 'sessera'
import { callbackStore } from 'sessera/callback-store'
import { gate } from 'sessera/testing'

vi.mock(import('../engine/timers.js'), () => import('../../test/support/timers/looked-up.js'))

type Callback = (error?: unknown, session?: object | null) => void

type Session = Record<string, unknown> & { readonly cookie: Record<string, unknown> }

/** The simplest store for express-session; tests replace its methods. */
function mapStore() {
  const texts = new Map<string, string>()
  return {
    texts,
    /** The last session that `set` got. */
    handed: undefined as Session | undefined,
    get(id: string, callback: Callback): unknown {
      return callback(null, JSON.parse(texts.get(id) ?? 'null') as object | null)
    },
    set(id: string, session: Session, callback: Callback): unknown {
      this.handed = session
      texts.set(id, JSON.stringify(session))
      return callback()
    },
    destroy(id: string, callback: Callback): unknown {
      texts.delete(id)
      return callback()
    },
  }
}

const head = '1 p84wgn DDD mwufliah,, "ada"'
const native = `${head}\n{"theme":"dark","cart":[1,{"id":2}]}`
const minute = 60_000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('what is stored', () => {
  it('has the values beside the cookie, and one more field', async () => {
    const plain = mapStore()
    const handle = newHandle()
    const version = await callbackStore({ store: plain }).insert(handle, native, minute)
    expect(JSON.parse(plain.texts.get(handle)!)).toEqual({
      cookie: { originalMaxAge: 62_000, expires: expect.any(String) as string, httpOnly: true, path: '/' },
      theme: 'dark',
      cart: [1, { id: 2 }],
      sessera: { version, expiresAt: Date.now() + minute, head, keys: ['theme', 'cart'] },
    })
  })

  it('has a lifetime that is long enough even for stores that round down to whole seconds', async () => {
    const plain = mapStore()
    await callbackStore({ store: plain }).insert(newHandle(), native, 900)
    const { expires, maxAge, originalMaxAge } = plain.handed!.cookie
    expect(expires).toEqual(new Date(Date.now() + 2_900))
    expect({ maxAge, originalMaxAge }).toEqual({ maxAge: 2_900, originalMaxAge: 2_900 })
    vi.advanceTimersByTime(1_000)
    expect(plain.handed!.cookie['maxAge']).toBe(1_900)
  })

  it('expires on time although the store still has it', async () => {
    const plain = mapStore()
    const store = callbackStore({ store: plain })
    const handle = newHandle()
    const version = (await store.insert(handle, native, minute))!
    vi.advanceTimersByTime(minute - 1)
    expect(await store.load(handle)).toEqual({ text: native, version })
    vi.advanceTimersByTime(1)
    expect(plain.texts.has(handle)).toBe(true)
    expect(await store.load(handle)).toBeUndefined()
    expect(await store.replace(handle, version, native, minute)).toEqual({ status: 'gone' })
    expect(await store.remove(handle, version)).toBe('gone')
  })

  it.each([
    ['has names with another meaning', '{}\n{"cookie":1,"sessera":2,"lastModified":3,"theme":"dark"}'],
    ['has a name that would set the prototype', '{}\n{"__proto__":{"a":1},"theme":"dark"}'],
    ['has names in an order that objects do not keep', '{}\n{"2":1,"1":2,"theme":"dark"}'],
    ['is not written as JSON.stringify would', '{}\n{"theme" : "dark"}'],
  ])('comes back unchanged, and shows other tools what it can, if it %s', async (_what, text) => {
    const plain = mapStore()
    const store = callbackStore({ store: plain })
    const handle = newHandle()
    const version = await store.insert(handle, text, minute)
    expect(await store.load(handle)).toEqual({ text, version })
    const stored = JSON.parse(plain.texts.get(handle)!) as Session
    expect(stored['theme']).toBe('dark')
    expect(stored.cookie).toHaveProperty('expires')
    for (const name of ['lastModified', '__proto__']) expect(Object.keys(stored)).not.toContain(name)
  })

  it.each(['', 'text', '[1]\n[2]', '{}\nnull', '{}\n7', '{}\n"text"', '\n{}', '{}\n{}\n{}'])(
    'may be any text: %j',
    async (text) => {
      const plain = mapStore()
      const store = callbackStore({ store: plain })
      const handle = newHandle()
      const version = await store.insert(handle, text, minute)
      expect(await store.load(handle)).toEqual({ text, version })
      expect(Object.keys(plain.handed!)).toEqual(['cookie', 'sessera'])
    },
  )

  it('is the same after the store added fields and changed the order', async () => {
    const plain = mapStore()
    const store = callbackStore({ store: plain })
    const handle = newHandle()
    const version = (await store.insert(handle, native, minute))!
    const fields = Object.entries(JSON.parse(plain.texts.get(handle)!) as Session).toReversed()
    plain.texts.set(handle, JSON.stringify({ ...Object.fromEntries(fields), __lastAccess: 1, lastModified: 'now' }))
    expect(await store.load(handle)).toEqual({ text: native, version })
    expect((await store.replace(handle, version, '{}\n{}', minute)).status).toBe('replaced')
  })
})

describe('a session that was stored by something else', () => {
  const record = { version: 'x', expiresAt: Date.now() + 10 * minute, head: '{}', keys: [] }
  it.each([
    ['by express-session', undefined],
    ['with a field sessera that is no object', 'text'],
    ['without a version', { ...record, version: 1 }],
    ['without an expiry', { ...record, expiresAt: '2030' }],
    ['without a head', { ...record, head: null }],
    ['without the names of its values', { ...record, keys: 'theme' }],
  ])('%s, cannot be read, replaced or matched, only removed', async (_what, sessera) => {
    const plain = mapStore()
    const store = callbackStore({ store: plain })
    const handle = newHandle()
    const text = JSON.stringify({ cookie: { originalMaxAge: null, expires: null }, user: 'ada', sessera })
    plain.texts.set(handle, text)
    const current = { text: '', version: '' }
    expect(await store.load(handle)).toEqual(current)
    expect(await store.insert(handle, native, minute)).toBeUndefined()
    for (const expected of ['', 'x']) {
      expect(await store.replace(handle, expected, native, minute)).toEqual({ status: 'changed', current })
      expect(await store.remove(handle, expected)).toBe('changed')
    }
    expect(plain.texts.get(handle)).toBe(text)
    expect(await store.remove(handle)).toBe('removed')
    expect(plain.texts.size).toBe(0)
  })
})

describe('a store that behaves oddly', () => {
  it('may report a missing session with ENOENT', async () => {
    const plain = mapStore()
    const { get } = plain
    plain.get = (id, callback) =>
      plain.texts.has(id) ? get(id, callback) : callback(Object.assign(new Error('no such file'), { code: 'ENOENT' }))
    const store = callbackStore({ store: plain })
    const handle = newHandle()
    expect(await store.load(handle)).toBeUndefined()
    const version = (await store.insert(handle, native, minute))!
    expect((await store.load(handle))?.version).toBe(version)
  })

  it('may call back twice: the first time counts', async () => {
    const plain = mapStore()
    const { get } = plain
    plain.get = (id, callback) => [get(id, callback), callback(new Error('again')), callback(null, null)]
    const store = callbackStore({ store: plain })
    const handle = newHandle()
    const version = await store.insert(handle, native, minute)
    expect(await store.load(handle)).toEqual({ text: native, version })
  })

  const failures: Record<string, (error: Error, callback: Callback) => unknown> = {
    'calls back with an error': (error, callback) => callback(error),
    throws: (error) => {
      throw error
    },
    'rejects without calling back': (error) => Promise.reject(error),
  }
  for (const [how, fail] of Object.entries(failures)) {
    it.each(['get', 'set', 'destroy'] as const)(`fails when %s ${how}, and works again afterwards`, async (method) => {
      const plain = mapStore()
      const store = callbackStore({ store: plain })
      const handle = newHandle()
      const version = (await store.insert(handle, native, minute))!
      const works = plain[method]
      const error = new Error('down')
      plain[method] = (_id: string, ...rest: unknown[]) => fail(error, rest.at(-1) as Callback)
      const calls = {
        get: () => store.load(handle),
        set: () => store.replace(handle, version, native, minute),
        destroy: () => store.remove(handle, version),
      }
      await expect(calls[method]()).rejects.toBe(error)
      Object.assign(plain, { [method]: works })
      expect(await store.remove(handle, version)).toBe('removed')
    })
  }

  it.each(['get', 'set', 'destroy'] as const)(
    'that never calls back from %s delays that session until the deadline, and other sessions not at all',
    async (method) => {
      const plain = mapStore()
      const store = callbackStore({ store: plain, deadline: 5_000 })
      const [handle, other] = [newHandle(), newHandle()]
      const version = (await store.insert(handle, native, minute))!
      const works = plain[method]
      plain[method] = () => {}
      const stuck = method === 'set' ? store.replace(handle, version, native, minute) : store.remove(handle, version)
      const outcome = stuck.catch((error: unknown) => error)
      await vi.advanceTimersByTimeAsync(4_999)
      Object.assign(plain, { [method]: works })
      let isDone = false
      const next = store.replace(handle, version, '{}\n{}', minute).finally(() => (isDone = true))
      await store.insert(other, native, minute)
      expect(isDone).toBe(false)
      await vi.advanceTimersByTimeAsync(2) // with one more round of the event loop
      const error = await outcome
      expect(error).toBeInstanceOf(StoreUnavailableError)
      expect(error).toMatchObject({ message: `The session store did not call back from ${method} within 5000 ms.` })
      expect(await next).toMatchObject({ status: 'replaced' })
    },
  )

  it('that never calls back costs one timer, however many calls wait', async () => {
    const plain = mapStore()
    plain.get = () => {}
    const store = callbackStore({ store: plain })
    const loads = Array.from({ length: 100 }, () => store.load(newHandle()).catch((error: unknown) => error))
    expect(vi.getTimerCount()).toBe(1)
    await vi.advanceTimersByTimeAsync(10_001)
    expect(await Promise.all(loads)).toEqual(Array(100).fill(expect.any(StoreUnavailableError)))
  })
})

it('writers of one session take turns, even if the store was passed in twice', async () => {
  const plain = mapStore()
  const { get } = plain
  const held = gate()
  plain.get = (id, callback) => void held.pass().then(() => get(id, callback))
  const handle = newHandle()
  const inserts = [1, 2, 3, 4].map(() => callbackStore({ store: plain }).insert(handle, native, minute))
  held.open()
  const versions = await Promise.all(inserts)
  expect(versions.filter((version) => version !== undefined)).toHaveLength(1)
})

it('is atomic within one process, uses the clock of this machine, and does not close the store', async () => {
  const plain = Object.assign(mapStore(), { close: vi.fn<() => void>() })
  const store = callbackStore({ store: plain })
  expect(store.atomicity).toBe('process')
  vi.setSystemTime(1_000_000)
  expect(store.now()).toBe(1_000_000)
  await store.close()
  expect(plain.close).not.toHaveBeenCalled()
  expect(await store.insert(newHandle(), native, minute)).toBeDefined()
})

it.each([
  [{ store: undefined as never }, 'store'],
  [{ store: { ...mapStore(), destroy: undefined as never } }, 'store'],
  [{ store: mapStore(), deadline: 0 }, 'deadline'],
  [{ store: mapStore(), deadline: Number.NaN }, 'deadline'],
  [{ store: mapStore(), deadline: 2 ** 31 }, 'deadline'],
])('throws for options that cannot work: %#', (options, option) => {
  expect(() => callbackStore(options)).toThrow(expect.objectContaining({ constructor: InvalidOptionError, option }))
})
