import { describe, expect, it, vi } from 'vitest'
import { errorOf, never, slow, withFakeTimers } from '../../test/support/timers/store-calls.js'
import { DataTooLargeError, RecordMismatchError, SessionEndedError, StoreUnavailableError } from '../errors.js'
import { CircuitBreakers, type ShardOf } from './circuit-breakers.js'
import { plainOperations, type Operations } from './operations.js'

vi.mock(import('./timers.js'), () => import('../../test/support/timers/looked-up.js'))

type Call = () => Promise<unknown>

const failures = withFakeTimers()

const operationsOf = (shardOf?: ShardOf): Operations =>
  plainOperations({ deadlineMs: 1_000, breakers: new CircuitBreakers(1_000, shardOf) })

/** Makes this one call, as an operation of its own, each time. */
function callsBy(call: Call): Call {
  const operations = operationsOf()
  return () => operations.run((operation) => operation.call(call))
}

describe('an operation', () => {
  it('resolves to what its calls resolve to', async () => {
    const answers = await operationsOf().run(async (operation) => [
      await operation.call(async () => 'one'),
      await operation.call(async () => undefined),
      await operation.within(Promise.resolve('else')),
    ])
    expect(answers).toEqual(['one', undefined, 'else'])
    expect(failures).toEqual([])
  })

  it('passes an error of its own on unchanged, and does not count it', async () => {
    const operations = operationsOf()
    const error = new Error('mine')
    for (let attempt = 0; attempt < 10; attempt++) {
      await expect(
        operations.run(async () => {
          throw error
        }),
      ).rejects.toBe(error)
    }
    expect(await operations.run((operation) => operation.call(async () => 'answer'))).toBe('answer')
    expect(failures).toEqual([])
  })

  it('keeps no timer running for its deadline when it is done', async () => {
    const call = callsBy(async () => 'answer')
    await call()
    await vi.advanceTimersByTimeAsync(500)
    await call()
    await vi.advanceTimersByTimeAsync(501)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a call that fails', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })

  it.each<[string, Call]>([
    ['rejects', () => Promise.reject(refused)],
    [
      'throws',
      () => {
        throw refused
      },
    ],
  ])('when it %s, gives StoreUnavailableError with the cause kept, and an event', async (_, call) => {
    const error = await errorOf(callsBy(call)())
    expect(error).toBeInstanceOf(StoreUnavailableError)
    expect(error).toMatchObject({ status: 503, cause: refused })
    expect((error as Error).message).not.toContain(refused.message)
    expect(failures).toEqual([refused])
  })

  it('with something that is no Error, keeps it as the cause', async () => {
    expect(await errorOf(callsBy(() => Promise.reject('broken'))())).toMatchObject({ cause: 'broken' })
  })

  it('with a Sessera error, passes it on', async () => {
    const mismatch = new RecordMismatchError()
    expect(await errorOf(callsBy(() => Promise.reject(mismatch))())).toBe(mismatch)
    expect(failures).toEqual([mismatch])
  })

  it('does not end its operation, which may make another call', async () => {
    const operation = operationsOf().run(async (operation) => {
      const first = await operation.call(() => Promise.reject(refused)).catch(() => 'failed')
      return [first, await operation.call(async () => 'answer')]
    })
    expect(await operation).toEqual(['failed', 'answer'])
  })

  it('5 times opens the circuit: one call a second is a probe, and the first success closes it', async () => {
    const store = vi.fn<Call>(() => Promise.reject(refused))
    const call = callsBy(store)
    for (let attempt = 0; attempt < 5; attempt++) await expect(call()).rejects.toMatchObject({ cause: refused })
    for (let attempt = 0; attempt < 100; attempt++)
      await expect(call()).rejects.toThrow('keeps failing, so it was not called')
    expect(store).toHaveBeenCalledTimes(5)
    expect(failures).toHaveLength(5)

    await vi.advanceTimersByTimeAsync(1_000)
    await expect(call()).rejects.toMatchObject({ cause: refused })
    const spared = await errorOf(call())
    expect(spared).toMatchObject({ message: expect.stringContaining('keeps failing, so it was not called') })
    expect((spared as Error).cause).toMatchObject({ message: expect.stringContaining('failed'), cause: refused })
    expect(store).toHaveBeenCalledTimes(6)

    store.mockResolvedValue('answer')
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await call()).toBe('answer')
    expect(await Promise.all([call(), call()])).toEqual(['answer', 'answer'])
  })

  it.each([
    [Object.assign(new Error('connect to 10.0.0.1'), { code: 'ECONNREFUSED' }), ' (ECONNREFUSED)'],
    [Object.assign(new Error('The client is closed'), { name: 'ClientClosedError' }), ' (ClientClosedError)'],
    [new Error('SET sessera:key "data" failed'), ''],
    [{ code: 'a sentence with data' }, ''],
    ['data', ''],
  ])('names what failed, but says nothing of its text: %o', async (cause, named) => {
    const error = await errorOf(callsBy(() => Promise.reject(cause))())
    expect(error).toMatchObject({ message: `The session store failed${named}; its error is the cause.`, cause })
  })

  it('with an error of ours that is no outage, leaves the circuit closed and publishes no event', async () => {
    for (const refusal of [new DataTooLargeError(2, 1), new SessionEndedError()]) {
      const call = callsBy(() => Promise.reject(refusal))
      for (let attempt = 0; attempt < 10; attempt++) await expect(call()).rejects.toBe(refusal)
    }
    expect(failures).toEqual([])
  })

  it('with a 503 that the store itself answered, leaves the circuit closed, but publishes an event', async () => {
    const refusal = Object.assign(new StoreUnavailableError('It is full.'), { answered: true })
    const call = callsBy(() => Promise.reject(refusal))
    for (let attempt = 0; attempt < 10; attempt++) await expect(call()).rejects.toBe(refusal)
    expect(failures).toHaveLength(10)
  })

  it.each<[string, unknown]>([
    ['a TypeError of the client', new TypeError('Invalid argument type')],
    ['an error of a handler', new Error('mine')],
    ['something that is no error', 'broken'],
    ['another session’s record', new RecordMismatchError()],
    ['an error with a code of its own', Object.assign(new Error('no'), { code: 'ERR_INVALID_ARG_TYPE' })],
  ])('by %s leaves the circuit closed, because it says nothing about other calls', async (_, error) => {
    const operations = operationsOf()
    const fail = (): Promise<unknown> => operations.run((operation) => operation.call(() => Promise.reject(error)))
    for (let attempt = 0; attempt < 100; attempt++) await expect(fail()).rejects.toMatchObject({ status: 503 })
    await expect(operations.run((operation) => operation.call(async () => 'answer'))).resolves.toBe('answer')
  })

  it.each<[string, unknown]>([
    ['the system', refused],
    ['the store', new StoreUnavailableError('It is gone.', undefined, 'unreachable')],
    ['a client that wraps what the system said', new Error('no connection', { cause: refused })],
    ['a client that tried several addresses', new AggregateError([refused, refused])],
  ])('without a connection, as %s shows, opens the circuit', async (_, error) => {
    const call = callsBy(() => Promise.reject(error))
    for (let attempt = 0; attempt < 5; attempt++) await call().catch(() => {})
    await expect(call()).rejects.toThrow('keeps failing, so it was not called')
  })

  it('for one visitor only, leaves the circuit closed', async () => {
    const operations = operationsOf()
    const make = (session: string, call: Call): Promise<unknown> =>
      operations.run((operation) => operation.call(call, session))
    for (let attempt = 0; attempt < 50; attempt++) await make('unlucky', () => Promise.reject(refused)).catch(() => {})
    expect(await make('other', async () => 'answer')).toBe('answer')
  })

  it('on one shard, opens the circuit of that shard only', async () => {
    const operations = operationsOf((session) => session.slice(0, 1))
    const make = (session: string, call: Call): Promise<unknown> =>
      operations.run((operation) => operation.call(call, session))
    for (let attempt = 0; attempt < 50; attempt++)
      await make(`a${attempt}`, () => Promise.reject(refused)).catch(() => {})
    await expect(make('a51', async () => 'answer')).rejects.toThrow('keeps failing, so it was not called')
    expect(await make('b1', async () => 'answer')).toBe('answer')
  })

  it('now and then leaves the circuit closed: an error of ours is an answer too', async () => {
    const store = vi.fn<Call>()
    for (let attempt = 0; attempt < 4; attempt++) store.mockRejectedValueOnce(refused)
    store.mockRejectedValueOnce(new SessionEndedError()).mockRejectedValueOnce(refused).mockResolvedValue('answer')
    const call = callsBy(store)
    for (let attempt = 0; attempt < 6; attempt++) await call().catch(() => {})
    await expect(call()).resolves.toBe('answer')
  })
})

describe('a call that is not answered', () => {
  it('rejects with StoreUnavailableError at the deadline, and publishes an event', async () => {
    const error = await errorOf(callsBy(never)())
    expect(error).toBeInstanceOf(StoreUnavailableError)
    expect((error as Error).message).toBe('The session store did not answer within 1000 ms.')
    expect(failures).toEqual([error])
  })

  it('shares one deadline with all calls of its operation', async () => {
    const answered: string[] = []
    const operation = operationsOf().run(async (operation) => {
      for (const name of ['first', 'second', 'third']) answered.push(await operation.call(() => slow(400, name)))
    })
    expect(await errorOf(operation)).toMatchObject({ message: 'The session store did not answer within 1000 ms.' })
    expect(answered).toEqual(['first', 'second'])
  })

  it('is followed by none when the deadline has passed', async () => {
    const second = vi.fn<Call>(async () => 'answer')
    const operation = operationsOf().run(async (operation) => {
      await operation.call(never).catch(() => {})
      return operation.call(second)
    })
    expect(await errorOf(operation)).toMatchObject({ message: 'The session store did not answer within 1000 ms.' })
    expect(second).not.toHaveBeenCalled()
  })

  it('has another deadline in each operation', async () => {
    const call = callsBy(() => slow(600, 'answer'))
    const first = call()
    await vi.advanceTimersByTimeAsync(500)
    const second = call()
    await vi.advanceTimersByTimeAsync(601)
    expect(await Promise.all([first, second])).toEqual(['answer', 'answer'])
  })

  it('may still fail later, without an event', async () => {
    let fail = (_error: Error): void => {}
    const call = callsBy(
      () =>
        new Promise((_resolve, reject) => {
          fail = reject
        }),
    )
    const error = await errorOf(call())
    fail(new Error('too late'))
    await vi.advanceTimersByTimeAsync(1)
    expect(failures).toEqual([error])
  })

  it('for one visitor only, leaves the circuit closed', async () => {
    const operations = operationsOf()
    for (let attempt = 0; attempt < 8; attempt++)
      await errorOf(operations.run((operation) => operation.call(never, 'large')))
    expect(await operations.run((operation) => operation.call(async () => 'answer', 'other'))).toBe('answer')
  })

  it('while others are answered, leaves the circuit closed', async () => {
    const operations = operationsOf()
    for (let attempt = 0; attempt < 8; attempt++) {
      const silent = operations.run((operation) => operation.call(never))
      const answered = operations.run((operation) => operation.call(() => slow(300, 'answer')))
      await errorOf(silent)
      expect(await answered).toBe('answer')
    }
    expect(await operations.run((operation) => operation.call(async () => 'answer'))).toBe('answer')
  })

  it('and was made when its operation had little time left, leaves the circuit closed', async () => {
    const operations = operationsOf()
    for (let attempt = 0; attempt < 8; attempt++) {
      const operation = operations.run(async (operation) => {
        await operation.within(slow(800, undefined))
        return operation.call(never)
      })
      expect(await errorOf(operation)).toMatchObject({ reason: 'silent' })
    }
    expect(await operations.run((operation) => operation.call(async () => 'answer'))).toBe('answer')
  })

  it.each([
    [500, true],
    [100, false],
  ])('and times out in the client after %d ms, opens the circuit: %s', async (ms, isSpared) => {
    const timedOut = new StoreUnavailableError('Command timed out.', undefined, 'silent')
    const call = callsBy(() => slow(ms, undefined).then(() => Promise.reject(timedOut)))
    for (let attempt = 0; attempt < 5; attempt++) expect(await errorOf(call())).toBe(timedOut)
    const next = await errorOf(call())
    expect((next as Error).message.includes('keeps failing, so it was not called')).toBe(isSpared)
  })

  it('5 times opens the circuit', async () => {
    const store = vi.fn<Call>(never)
    const call = callsBy(store)
    for (let attempt = 0; attempt < 5; attempt++)
      expect(await errorOf(call())).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await expect(call()).rejects.toThrow('keeps failing, so it was not called')
    expect(store).toHaveBeenCalledTimes(5)
  })
})

describe('waiting for something else', () => {
  it('lasts until the deadline at most, which says nothing about the store', async () => {
    const operations = operationsOf()
    for (let attempt = 0; attempt < 6; attempt++) {
      const operation = operations.run((operation) => operation.within(never()))
      expect(await errorOf(operation)).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    }
    expect(await operations.run((operation) => operation.call(async () => 'answer'))).toBe('answer')
    expect(failures).toEqual([])
  })

  it('rejects as that does', async () => {
    const error = new Error('mine')
    await expect(operationsOf().run((operation) => operation.within(Promise.reject(error)))).rejects.toBe(error)
    expect(failures).toEqual([])
  })
})
