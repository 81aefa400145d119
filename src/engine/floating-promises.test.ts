import { describe, expect, it } from 'vitest'
import { recordUnhandledRejections } from '../../test/support/record-unhandled-rejections.js'
import { FloatingPromises } from './floating-promises.js'

const failure = new Error('failed')
const fail = (): Promise<never> => Promise.reject(failure)
const nextRound = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

describe('a promise that is given away', () => {
  it('is one, with what the work gives', async () => {
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
  ])('tells whoever waits for it, by %s, and nobody else', async (_how, wait) => {
    const promises = new FloatingPromises()
    await expect(wait(promises.add(fail()))).rejects.toBe(failure)
    expect(promises.isSettled).toBe(true)
    await expect(promises.settled()).resolves.toBeUndefined()
  })

  it('tells whoever settles when nobody waits for it, and the process nothing', async () => {
    const unhandled = recordUnhandledRejections()
    const promises = new FloatingPromises()
    void promises.add(fail())
    await nextRound()
    expect(promises.isSettled).toBe(false)
    await expect(promises.settled()).rejects.toBe(failure)
    expect(unhandled).toEqual([])
  })

  it('tells whoever settles, too, and first, when it fails only then', async () => {
    const promises = new FloatingPromises()
    const promise = promises.add(nextRound().then(fail))
    const told: string[] = []
    const settled = promises.settled().catch(() => told.push('settled'))
    await promise.catch(() => told.push('promise'))
    await settled
    expect(told).toEqual(['settled', 'promise'])
  })

  it('leaves what others make of it to them', async () => {
    const unhandled = recordUnhandledRejections()
    const promises = new FloatingPromises()
    void promises.add(fail()).then(() => {})
    await nextRound()
    expect(unhandled).toEqual([failure])
  })
})
