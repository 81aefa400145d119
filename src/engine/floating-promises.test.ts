import { describe, expect, it } from 'vitest'
import { recordUnhandledRejections } from '../../test/support/record-unhandled-rejections.js'
import { FloatingPromises } from './floating-promises.js'

const failure = new Error('failed')
const fail = (): Promise<never> => Promise.reject(failure)
const nextRound = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

describe('a floating promise', () => {
  it('is a promise for the result of the work', async () => {
    const promises = new FloatingPromises()
    const promise = promises.add(Promise.resolve('answer'))
    expect(promise).toBeInstanceOf(Promise)
    await expect(promise).resolves.toBe('answer')
    await expect(promises.settled()).resolves.toBeUndefined()
    expect(promises.isSettled).toBe(true)
  })

  it('is waited for', async () => {
    const promises = new FloatingPromises()
    let end = (): void => {}
    void promises.add(new Promise<void>((resolve) => (end = resolve)))
    expect(promises.isSettled).toBe(false)
    let isOver = false
    const settled = promises.settled().then(() => (isOver = true))
    await nextRound()
    expect(isOver).toBe(false)
    end()
    await settled
  })

  it.each([
    ['await', async (promise: Promise<unknown>) => void (await promise)],
    ['then', (promise: Promise<unknown>) => promise.then(() => {})],
    ['catch', (promise: Promise<unknown>) => promise.catch((error: unknown) => Promise.reject(error))],
    ['finally', (promise: Promise<unknown>) => promise.finally(() => {})],
    ['Promise.all', (promise: Promise<unknown>) => Promise.all([promise, promise])],
    ['an async function that gives it back', async (promise: Promise<unknown>) => promise],
  ])('rejects for the code that awaits it, by %s, and not in settled()', async (_how, wait) => {
    const promises = new FloatingPromises()
    await expect(wait(promises.add(fail()))).rejects.toBe(failure)
    expect(promises.isSettled).toBe(true)
    await expect(promises.settled()).resolves.toBeUndefined()
  })

  it('rejects in settled() if nobody awaits it, without an unhandled rejection', async () => {
    const unhandled = recordUnhandledRejections()
    const promises = new FloatingPromises()
    void promises.add(fail())
    await nextRound()
    expect(promises.isSettled).toBe(false)
    await expect(promises.settled()).rejects.toBe(failure)
    expect(unhandled).toEqual([])
  })

  it('rejects in settled() first, and then for the code that awaits it, if it fails while settled() waits', async () => {
    const promises = new FloatingPromises()
    const promise = promises.add(nextRound().then(fail))
    const order: string[] = []
    const settled = promises.settled().catch(() => order.push('settled'))
    await promise.catch(() => order.push('promise'))
    await settled
    expect(order).toEqual(['settled', 'promise'])
  })

  it('does not track promises derived from it', async () => {
    const unhandled = recordUnhandledRejections()
    const promises = new FloatingPromises()
    void promises.add(fail()).then(() => {})
    await nextRound()
    expect(unhandled).toEqual([failure])
  })
})
