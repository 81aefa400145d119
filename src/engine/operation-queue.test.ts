import { describe, expect, it, vi } from 'vitest'
import { gate } from 'sessera/testing'
import { StoreUnavailableError } from '../errors.js'
import { OperationQueue } from './operation-queue.js'
import { plainOperations } from './operations.js'

vi.mock(import('./timers.js'), () => import('../../test/support/timers/looked-up.js'))

const newQueue = (): OperationQueue => new OperationQueue(plainOperations({ deadlineMs: 1_000 }))
const never = (): Promise<never> => new Promise(() => {})
const failing = (error: unknown) => (): Promise<never> => Promise.reject(error)

/** A queue whose store did not answer for a whole deadline. */
async function silentQueue(): Promise<OperationQueue> {
  vi.useFakeTimers()
  const queue = newQueue()
  const first = queue.add((operation) => operation.call(never)).catch((error: unknown) => error)
  await vi.advanceTimersByTimeAsync(1_001)
  vi.useRealTimers()
  expect(await first).toBeInstanceOf(StoreUnavailableError)
  return queue
}

describe('the operations of one request', () => {
  it('run one after the other, in the order of the calls', async () => {
    const queue = newQueue()
    const first = gate()
    const order: string[] = []
    const works = [
      queue.add(async () => {
        await first.pass()
        order.push('first')
      }),
      queue.add(async () => order.push('second')),
    ]
    await first.reached
    expect(order).toEqual([])
    first.open()
    await Promise.all(works)
    expect(order).toEqual(['first', 'second'])
  })

  it('begin a tick later, after all changes that the handler makes together', async () => {
    let value = 1
    const stored = newQueue().add(async () => value)
    value = 2
    expect(await stored).toBe(2)
  })

  it('go on after one that failed, and remember what the last one failed with', async () => {
    const queue = newQueue()
    const error = new Error('failed')
    await expect(queue.add(failing(error))).rejects.toBe(error)
    expect(queue.failure).toEqual({ error })
    expect(await queue.add(async () => 'next')).toBe('next')
    expect(queue.failure).toBeUndefined()
  })

  it('have one deadline with the time that they wait in the queue', async () => {
    vi.useFakeTimers()
    const queue = newQueue()
    const outcomes = [queue.add(never), queue.add(async () => 'second')].map((work) =>
      work.catch((error: unknown) => error),
    )
    await vi.advanceTimersByTimeAsync(1_001)
    vi.useRealTimers()
    expect((await outcomes[1]) as Error).toMatchObject({ reason: 'silent' })
  })

  it('wait for a silent store only once', async () => {
    const queue = await silentQueue()
    const call = vi.fn<() => Promise<string>>(async () => 'answer')
    const cause = queue.silence
    await expect(queue.add((operation) => operation.call(call))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      cause,
    })
    expect(call).not.toHaveBeenCalled()
  })

  it('try an operation that must not be lost once more after silence, and all others once that is answered', async () => {
    const queue = await silentQueue()
    expect(await queue.add(async () => 'signed out', 'once more')).toBe('signed out')
    expect(await queue.add(async () => 'stored')).toBe('stored')
  })

  it('try it only once', async () => {
    const queue = await silentQueue()
    await expect(queue.add(failing(new Error('failed')), 'once more')).rejects.toThrow('failed')
    await expect(queue.add(async () => 'again', 'once more')).rejects.toBeInstanceOf(StoreUnavailableError)
  })

  it('all reject with the error that closes the queue', async () => {
    const queue = newQueue()
    const error = new Error('read only')
    queue.close(error)
    await expect(queue.add(async () => 'answer')).rejects.toBe(error)
  })

  it('are waited for by settled(), which rejects with an error that nobody else awaits', async () => {
    const queue = newQueue()
    const error = new Error('failed')
    expect(queue.isSettled).toBe(true)
    void queue.float(queue.add(failing(error)))
    expect(queue.isSettled).toBe(false)
    await expect(queue.settled()).rejects.toBe(error)
  })

  it('are waited for without their errors if the caller handles those', async () => {
    const queue = newQueue()
    const work = queue.add(failing(new Error('failed')))
    queue.track(work)
    expect(queue.isSettled).toBe(false)
    await expect(work).rejects.toThrow('failed')
    await queue.settled()
    expect(queue.isSettled).toBe(true)
  })
})
