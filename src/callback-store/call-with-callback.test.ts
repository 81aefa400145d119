import { describe, expect, it } from 'vitest'
import { recordUnhandledRejections } from '../../test/support/record-unhandled-rejections.js'
import { callWithCallback } from './call-with-callback.js'

type Done = (error?: unknown, value?: unknown) => void

/** Calls a method that treats its callback like this. */
const call = (method: (done: Done) => unknown): Promise<unknown> => callWithCallback({ method }, 'method')
const error = new Error('no connection')
const absent = Object.assign(new Error('no such file'), { code: 'ENOENT' })

describe('a call with a callback', () => {
  it('is made on the store, with the values and then the callback', async () => {
    const store = {
      name: 'store',
      get(this: { name: string }, ...values: unknown[]) {
        const done = values.pop() as Done
        done(null, [this.name, ...values])
      },
    }
    expect(await callWithCallback(store, 'get', 'apple', { user: 'ada' })).toEqual(['store', 'apple', { user: 'ada' }])
    expect(await callWithCallback(store, 'get')).toEqual(['store'])
  })

  it('uses the method that the store has at that moment', async () => {
    const store = { get: (done: Done) => done(null, 'before') }
    store.get = (done) => done(null, 'after')
    expect(await callWithCallback(store, 'get')).toBe('after')
  })

  it.each<[string, (done: Done) => unknown, unknown]>([
    ['at once', (done) => done(null, 'value'), 'value'],
    ['later', (done) => setImmediate(done, null, 'value'), 'value'],
    ['with undefined as no error', (done) => done(undefined, 'value'), 'value'],
    ['with false as no error', (done) => done(false, 'value'), 'value'],
    ['with nothing', (done) => done(), undefined],
    ['with null', (done) => done(null, null), undefined],
    ['with a falsy value', (done) => done(null, 0), 0],
    ['after its promise has resolved', async (done) => void setImmediate(done, null, 'value'), 'value'],
    ['twice', (done) => [done(null, 'value'), done(null, 'again')], 'value'],
    ['and then with an error', (done) => [done(null, 'value'), done(error)], 'value'],
    [
      'and then throws',
      (done) => {
        done(null, 'value')
        throw error
      },
      'value',
    ],
    [
      'and then rejects',
      async (done) => {
        done(null, 'value')
        throw error
      },
      'value',
    ],
  ])('resolves with the value that the store calls back with: %s', async (_how, method, value) => {
    expect(await call(method)).toBe(value)
  })

  it.each<[string, (done: Done) => unknown]>([
    ['calls back with it', (done) => done(error)],
    ['calls back with it and a value', (done) => done(error, 'value')],
    ['calls back with it, and again without', (done) => [done(error), done(null, 'value')]],
    [
      'throws',
      () => {
        throw error
      },
    ],
    ['rejects', () => Promise.reject(error)],
    [
      'throws, and calls back later',
      (done) => {
        setImmediate(done, null, 'value')
        throw error
      },
    ],
  ])('rejects with the error when the store %s', async (_how, method) => {
    await expect(call(method)).rejects.toBe(error)
  })

  it.each<[string, (done: Done) => unknown]>([
    ['called back', (done) => done(absent)],
    ['rejected', () => Promise.reject(absent)],
    [
      'thrown',
      () => {
        throw absent
      },
    ],
  ])('takes ENOENT from get to mean that there is no session, %s', async (_how, get) => {
    expect(await callWithCallback({ get }, 'get')).toBeUndefined()
  })

  it.each(['set', 'destroy', 'touch'])('takes ENOENT from %s for a failure', async (method) => {
    await expect(callWithCallback({ [method]: (done: Done) => done(absent) }, method)).rejects.toBe(absent)
  })

  it('takes a missing socket for a failure, also from get', async () => {
    const away = Object.assign(new Error('connect ENOENT /run/db.sock'), { code: 'ENOENT', syscall: 'connect' })
    await expect(callWithCallback({ get: (done: Done) => done(away) }, 'get')).rejects.toBe(away)
  })

  it.each<[string, (done: Done) => unknown]>([
    ['rejects', () => Promise.reject(undefined)],
    [
      'throws',
      () => {
        throw null
      },
    ],
  ])('rejects with an error of its own when the store %s without one', async (_how, method) => {
    await expect(call(method)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('method'),
    })
  })

  it('passes on an error that is no Error object', async () => {
    await expect(call((done) => done('broken'))).rejects.toBe('broken')
  })

  it('rejects when the store has no such method', async () => {
    const missing = callWithCallback({}, 'touch', 'apple')
    const later = new Promise((resolve) => setImmediate(resolve, 'no answer'))
    await expect(Promise.race([missing, later])).rejects.toThrow('touch')
  })

  it('leaves no unhandled rejection', async () => {
    const unhandled = recordUnhandledRejections()
    await call(async (done) => {
      done(null, 'value')
      throw error
    })
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(unhandled).toEqual([])
  })
})
