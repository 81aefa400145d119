import { describe, expect, it, vi } from 'vitest'
import { recordEvents } from '../../test/support/record-events.js'
import { errorOf, never, slow, withFakeTimers } from '../../test/support/timers/store-calls.js'
import { RecordMismatchError } from '../errors.js'
import { newHandle, type SessionStore } from '../store.js'
import { makePolicy } from './policy.js'
import { StoreOperations, type StoreOperation } from './store-operations.js'

vi.mock(import('../engine/timers.js'), () => import('../../test/support/timers/looked-up.js'))

const handle = newHandle()
const record = { text: 'text', version: 'v1' }
const failures = withFakeTimers()

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
  const guarded = new StoreOperations(store, makePolicy({ deadline: 1_000 }, false), { ended() {}, rotated() {} })
  return { guarded, load: () => guarded.run((operation) => operation.load(handle)) }
}

describe('the operations of a store', () => {
  it('pass on calls, results and the clock', async () => {
    const verbs = {
      load: vi.fn<SessionStore['load']>(async () => record),
      insert: vi.fn<SessionStore['insert']>(async () => undefined),
      replace: vi.fn<SessionStore['replace']>(async () => ({ status: 'gone' })),
      remove: vi.fn<SessionStore['remove']>(async () => 'changed'),
      close: vi.fn<SessionStore['close']>(async () => {}),
    }
    const { guarded } = guard(verbs)
    expect(guarded.now()).toBe(5_000)
    await guarded.run(async (operation) => {
      expect(operation.now()).toBe(5_000)
      expect(await operation.load(handle)).toBe(record)
      expect(await operation.insert(handle, 'text', 10)).toBeUndefined()
      expect(await operation.replace(handle, 'v1', 'text', 20)).toEqual({ status: 'gone' })
      expect(await operation.remove(handle, 'v1')).toBe('changed')
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

  it.each(['load', 'insert', 'replace', 'remove'] as const)(
    'map errors and apply the deadline in each method: %s',
    async (verb) => {
      const cause = new Error('connect ECONNREFUSED')
      const calling = (answer: () => Promise<never>) =>
        guard({ [verb]: answer }).guarded.run<unknown>((operation) => {
          if (verb === 'insert') return operation.insert(handle, 'text', 10)
          return verb === 'replace' ? operation.replace(handle, 'v1', 'text', 10) : operation[verb](handle)
        })
      expect(await errorOf(calling(() => Promise.reject(cause)))).toMatchObject({ code: 'STORE_UNAVAILABLE', cause })
      expect(await errorOf(calling(never))).toMatchObject({ code: 'STORE_UNAVAILABLE' })
      expect(
        await errorOf(
          calling(() => {
            throw cause
          }),
        ),
      ).toMatchObject({ code: 'STORE_UNAVAILABLE', cause })
      expect(failures).toHaveLength(3)
    },
  )

  it('renew by the store’s own method if it has one, otherwise by replacing', async () => {
    const renew = vi.fn<NonNullable<SessionStore['renew']>>(async () => ({ status: 'gone' }))
    const own = guard({ renew }).guarded
    expect(await own.run((operation) => operation.renew(handle, 'v1', 'text', 10))).toEqual({ status: 'gone' })
    expect(renew.mock.calls).toEqual([[handle, 'v1', 'text', 10]])
    const { guarded } = guard({})
    const renewed = await guarded.run((operation) => operation.renew(handle, 'v1', 'text', 10))
    expect(renewed).toEqual({ status: 'replaced', version: 'v2' })
  })

  it('apply the deadline to other promises too', async () => {
    const { guarded } = guard({})
    expect(await guarded.run((operation) => operation.within(Promise.resolve('answer')))).toBe('answer')
    expect(await errorOf(guarded.run((operation) => operation.within(never())))).toMatchObject({
      code: 'STORE_UNAVAILABLE',
    })
  })
})

describe('a store that must get ready first', () => {
  it('is waited for before its first call, and not again once it is ready', async () => {
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

  it('is not called until it is ready, fails like any other, and is tried again', async () => {
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

  it('must be ready within the same deadline', async () => {
    const { load } = guard({ ready: () => slow(600, undefined), load: () => slow(600, record) })
    expect(await errorOf(load())).toMatchObject({ message: 'The session store did not answer within 1000 ms.' })
  })
})

describe('a store that returns another session’s record', () => {
  it('gets a report, and an event is published', () => {
    const mismatches = recordEvents('record-mismatch')
    const reportMismatch = vi.fn<(handle: string) => void>()
    const { guarded } = guard({ reportMismatch })
    return guarded.run(async (operation) => {
      expect(operation.mismatch(handle)).toBeInstanceOf(RecordMismatchError)
      expect(reportMismatch.mock.calls).toEqual([[handle]])
      expect(mismatches).toEqual([{ handle }])
    })
  })

  it('need not implement reportMismatch', () => {
    const { guarded } = guard({})
    return guarded.run(async (operation) => expect(operation.mismatch(handle)).toMatchObject({ status: 503 }))
  })

  it.each<[verb: keyof SessionStore & keyof StoreOperation, call: (operation: StoreOperation) => Promise<unknown>]>([
    ['load', (operation) => operation.load(handle)],
    ['insert', (operation) => operation.insert(handle, 'text', 1000)],
    ['replace', (operation) => operation.replace(handle, 'v1', 'text', 1000)],
    ['remove', (operation) => operation.remove(handle)],
  ])('may know it by itself: %s', async (verb, call) => {
    const mismatches = recordEvents('record-mismatch')
    const { guarded } = guard({ [verb]: () => Promise.reject(new RecordMismatchError()) })
    await expect(guarded.run(call)).rejects.toThrow(RecordMismatchError)
    expect(mismatches).toEqual([{ handle }])
  })
})
