import { describe, expect, it } from 'vitest'
import { plainOperations } from '../../engine/operations.js'
import { LazyQueue } from './lazy-queue.js'

const makeQueue = (): LazyQueue => new LazyQueue(plainOperations({ deadlineMs: 10_000 }))

/** An operation that is done when it is told to. */
function pending() {
  let resolve = (_value: string): void => {}
  let reject = (_error: Error): void => {}
  const promise = new Promise<string>((...both) => {
    ;[resolve, reject] = both
  })
  return { work: () => promise, resolve: (value: string) => resolve(value), reject: (error: Error) => reject(error) }
}

describe('the queue of a request', () => {
  it('runs an operation at once', async () => {
    const queue = makeQueue()
    let begun = false
    const running = queue.run(async () => {
      begun = true
      return 'done'
    })
    expect(begun).toBe(true)
    expect(await running).toBe('done')
    expect(queue.failure).toBeUndefined()
    expect(queue.isSettled).toBe(true)
    await queue.settled()
  })

  it.each(['run', 'add'] as const)('makes another operation wait for it: %s', async (method) => {
    const queue = makeQueue()
    const order: string[] = []
    const first = pending()
    const running = queue.run(first.work).then(() => order.push('first'))
    const work = async (): Promise<unknown> => order.push('second')
    const second = method === 'run' ? queue.run(work) : queue.made().add(work)
    await new Promise((resolve) => void setImmediate(resolve))
    expect(order).toEqual([])
    first.resolve('')
    await Promise.all([running, second])
    expect(order).toEqual(['first', 'second'])
  })

  it('runs one at once again after the one before it', async () => {
    const queue = makeQueue()
    await queue.run(async () => {})
    let begun = false
    const running = queue.run(async () => {
      begun = true
    })
    expect(begun).toBe(true)
    await running
  })

  it('remembers a failure until an operation succeeds', async () => {
    const queue = makeQueue()
    const error = new Error('down')
    await expect(queue.run(() => Promise.reject(error))).rejects.toBe(error)
    expect(queue.failure).toEqual({ error })
    expect(queue.silence).toBeUndefined()
    await queue.run(async () => {})
    expect(queue.failure).toBeUndefined()
  })

  it('remembers it also if another operation waits', async () => {
    const queue = makeQueue()
    const first = pending()
    const running = queue.run(first.work)
    const second = pending()
    const waiting = queue.run(second.work)
    const error = new Error('down')
    first.reject(error)
    await expect(running).rejects.toBe(error)
    expect(queue.failure).toEqual({ error })
    second.resolve('done')
    expect(await waiting).toBe('done')
    expect(queue.failure).toBeUndefined()
  })

  it('does not call a silent store again', async () => {
    const queue = new LazyQueue(plainOperations({ deadlineMs: 5 }))
    const silent = queue.run((operation) => operation.within(new Promise(() => {})))
    await expect(silent).rejects.toMatchObject({ reason: 'silent' })
    expect(queue.silence).toMatchObject({ reason: 'silent' })
    await expect(queue.run(async () => {})).rejects.toMatchObject({ name: 'StoreUnavailableError' })
  })

  it('rejects every operation once it is closed', async () => {
    const queue = makeQueue()
    queue.assertOpen()
    queue.made().close(new Error('closed'))
    expect(() => queue.assertOpen()).toThrow('closed')
    await expect(queue.run(async () => {})).rejects.toThrow('closed')
  })
})
