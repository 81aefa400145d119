import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DataTooLargeError, RecordMismatchError, SessionEndedError, StoreUnavailableError } from '../errors.js'
import { newHandle, type SessionStore } from '../store.js'
import { GuardedStore } from './guarded-store.js'

const handle = newHandle()
const record = { text: 'text', version: 'v1' }
const failures: unknown[] = []
const hear = (message: unknown): void => {
  failures.push((message as { error: unknown }).error)
}

beforeEach(() => {
  vi.useFakeTimers()
  failures.length = 0
  subscribe('sessera:store-failed', hear)
})
afterEach(() => {
  unsubscribe('sessera:store-failed', hear)
  vi.useRealTimers()
})

function guard(verbs: Partial<SessionStore>) {
  const store: SessionStore = {
    now: () => 5_000,
    atomicity: 'process',
    load: async () => record,
    insert: async () => 'v2',
    replace: async () => ({ status: 'replaced', version: 'v2' }),
    remove: async () => 'removed',
    close: async () => {},
    ...verbs,
  }
  const guarded = new GuardedStore(store, 1_000)
  return { guarded, load: () => guarded.operate((calls) => calls.load(handle)) }
}

const never = (): Promise<never> => new Promise(() => {})
const slow = <Value>(ms: number, value: Value): Promise<Value> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms, value)
  })

/** What a promise rejects with, while the fake clock runs as far as it takes. */
async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  const outcome = promise.then(
    () => 'no error',
    (error: unknown) => error,
  )
  // The deadline, and the last look before it counts.
  await vi.advanceTimersByTimeAsync(1_001)
  return outcome
}

describe('a guarded store', () => {
  it('hands calls and answers through, and the clock', async () => {
    const verbs = {
      load: vi.fn<SessionStore['load']>(async () => record),
      insert: vi.fn<SessionStore['insert']>(async () => undefined),
      replace: vi.fn<SessionStore['replace']>(async () => ({ status: 'gone' })),
      remove: vi.fn<SessionStore['remove']>(async () => 'changed'),
      close: vi.fn<SessionStore['close']>(async () => {}),
    }
    const { guarded } = guard(verbs)
    expect(guarded.now()).toBe(5_000)
    await guarded.operate(async (calls) => {
      expect(calls.now()).toBe(5_000)
      expect(await calls.load(handle)).toBe(record)
      expect(await calls.insert(handle, 'text', 10)).toBeUndefined()
      expect(await calls.replace(handle, 'v1', 'text', 20)).toEqual({ status: 'gone' })
      expect(await calls.remove(handle, 'v1')).toBe('changed')
    })
    await guarded.close()
    expect(Object.values(verbs).map(({ mock }) => mock.calls)).toEqual([
      [[handle]],
      [[handle, 'text', 10]],
      [[handle, 'v1', 'text', 20]],
      [[handle, 'v1']],
      [[]],
    ])
    expect(failures).toEqual([])
  })

  it('hands an error of the operation itself through as it is, and does not count it', async () => {
    const { guarded, load } = guard({})
    const error = new Error('mine')
    for (let attempt = 0; attempt < 10; attempt++) {
      await expect(
        guarded.operate(async () => {
          throw error
        }),
      ).rejects.toBe(error)
    }
    expect(await load()).toBe(record)
    expect(failures).toEqual([])
  })
})

describe('operations that are done', () => {
  it('keep no timer running for their deadlines', async () => {
    const { load } = guard({})
    await load()
    await vi.advanceTimersByTimeAsync(500)
    await load()
    await vi.advanceTimersByTimeAsync(501)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a store that fails', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })

  it.each([
    ['rejects', async () => Promise.reject(refused)],
    [
      'throws',
      () => {
        throw refused
      },
    ],
  ])('LG-6: when it %s, gives StoreUnavailableError with the cause kept, and an event', async (_, load) => {
    const error = await errorOf(guard({ load }).load())
    expect(error).toBeInstanceOf(StoreUnavailableError)
    expect(error).toMatchObject({ status: 503, cause: refused })
    expect((error as Error).message).not.toContain(refused.message)
    expect(failures).toEqual([refused])
  })

  it('with something that is no Error, keeps that too', async () => {
    expect(await errorOf(guard({ load: () => Promise.reject('broken') }).load())).toMatchObject({ cause: 'broken' })
  })

  it('with an error of our own family, is handed through', async () => {
    const mismatch = new RecordMismatchError()
    expect(await errorOf(guard({ load: () => Promise.reject(mismatch) }).load())).toBe(mismatch)
    expect(failures).toEqual([mismatch])
  })

  it('DS-2: is spared after 5 failures, probed once a second, and used again after the first success', async () => {
    const load = vi.fn<SessionStore['load']>(() => Promise.reject(refused))
    const guarded = guard({ load })
    for (let attempt = 0; attempt < 5; attempt++) await expect(guarded.load()).rejects.toMatchObject({ cause: refused })
    for (let attempt = 0; attempt < 100; attempt++) {
      await expect(guarded.load()).rejects.toThrow('is being given a rest')
    }
    expect(load).toHaveBeenCalledTimes(5)
    expect(failures).toHaveLength(5)

    await vi.advanceTimersByTimeAsync(1_000)
    await expect(guarded.load()).rejects.toMatchObject({ cause: refused })
    await expect(guarded.load()).rejects.toThrow('is being given a rest')
    expect(load).toHaveBeenCalledTimes(6)

    load.mockResolvedValue(record)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await guarded.load()).toBe(record)
    expect(await Promise.all([guarded.load(), guarded.load()])).toEqual([record, record])
  })

  it('with refusals of ours that are no outage, is not spared and not told of', async () => {
    const refusals = [new DataTooLargeError(2, 1), new SessionEndedError()]
    for (const refusal of refusals) {
      const guarded = guard({ load: () => Promise.reject(refusal) })
      for (let attempt = 0; attempt < 10; attempt++) await expect(guarded.load()).rejects.toBe(refusal)
    }
    expect(failures).toEqual([])
  })

  it('is spared no longer after a refusal of ours, which is an answer too', async () => {
    const load = vi.fn<SessionStore['load']>()
    for (let attempt = 0; attempt < 4; attempt++) load.mockRejectedValueOnce(refused)
    load.mockRejectedValueOnce(new SessionEndedError()).mockRejectedValueOnce(refused).mockResolvedValue(record)
    const guarded = guard({ load })
    for (let attempt = 0; attempt < 6; attempt++) await guarded.load().catch(() => {})
    await expect(guarded.load()).resolves.toEqual(record)
  })
})

describe('a store that does not answer', () => {
  it('DS-1: gives StoreUnavailableError when the deadline passes, and an event', async () => {
    const error = await errorOf(guard({ load: never }).load())
    expect(error).toBeInstanceOf(StoreUnavailableError)
    expect((error as Error).message).toBe('The session store did not answer within 1000 ms.')
    expect(failures).toEqual([error])
  })

  it('DS-1: has one deadline over all calls of an operation', async () => {
    const answered: string[] = []
    const { guarded } = guard({
      load: () => slow(400, record),
      remove: () => slow(400, 'removed'),
      insert: () => slow(400, 'v2'),
    })
    const operation = guarded.operate(async (calls) => {
      await calls.load(handle)
      answered.push('load')
      await calls.remove(handle)
      answered.push('remove')
      await calls.insert(handle, 'text', 10)
      answered.push('insert')
    })
    expect(await errorOf(operation)).toMatchObject({ message: 'The session store did not answer within 1000 ms.' })
    expect(answered).toEqual(['load', 'remove'])
  })

  it('DS-1: has a deadline of its own for each operation', async () => {
    const { load } = guard({ load: () => slow(600, record) })
    const first = load()
    await vi.advanceTimersByTimeAsync(500)
    const second = load()
    await vi.advanceTimersByTimeAsync(601)
    expect(await Promise.all([first, second])).toEqual([record, record])
  })

  it('is spared after 5 deadlines', async () => {
    const load = vi.fn<SessionStore['load']>(never)
    const guarded = guard({ load })
    for (let attempt = 0; attempt < 5; attempt++) {
      expect(await errorOf(guarded.load())).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    }
    await expect(guarded.load()).rejects.toThrow('is being given a rest')
    expect(load).toHaveBeenCalledTimes(5)
  })

  it('waits for something else no longer than the deadline, which says nothing about the store', async () => {
    const { guarded, load } = guard({})
    for (let attempt = 0; attempt < 6; attempt++) {
      expect(await errorOf(guarded.operate((calls) => calls.within(never())))).toMatchObject({
        code: 'STORE_UNAVAILABLE',
      })
    }
    expect(await guarded.operate((calls) => calls.within(Promise.resolve('answer')))).toBe('answer')
    expect(await load()).toBe(record)
    expect(failures).toEqual([])
  })
})

describe('a store that must get ready first', () => {
  it('is asked before its first call, and not again once it is ready', async () => {
    const order: string[] = []
    const { load } = guard({
      ready: async () => {
        order.push('ready')
      },
      load: async () => {
        order.push('load')
        return record
      },
    })
    await load()
    await load()
    expect(order).toEqual(['ready', 'load', 'load'])
  })

  it('is not called while it is not ready, fails as any other, and is asked again', async () => {
    const cause = new Error('no TIME')
    const ready = vi.fn<() => Promise<void>>().mockRejectedValueOnce(cause).mockResolvedValue()
    const load = vi.fn<SessionStore['load']>(async () => record)
    const guarded = guard({ ready, load })
    expect(await errorOf(guarded.load())).toMatchObject({ code: 'STORE_UNAVAILABLE', cause })
    expect(load).not.toHaveBeenCalled()
    expect(failures).toEqual([cause])
    expect(await guarded.load()).toBe(record)
    expect(ready).toHaveBeenCalledTimes(2)
  })

  it('DS-1: gets ready under the same deadline', async () => {
    const { load } = guard({ ready: () => slow(600, undefined), load: () => slow(600, record) })
    expect(await errorOf(load())).toMatchObject({ message: 'The session store did not answer within 1000 ms.' })
  })
})
