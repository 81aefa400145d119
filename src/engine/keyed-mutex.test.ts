import { describe, expect, it } from 'vitest'
import { gate } from 'sessera/testing'
import { newHandle } from '../store.js'
import { KeyedMutex } from './keyed-mutex.js'

const handle = newHandle()

/** Takes the lock and gives the function that releases it. */
function take(mutex: KeyedMutex, key: string, deadline?: Parameters<KeyedMutex['run']>[2]): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const held = (): Promise<void> =>
      new Promise((release) => {
        resolve(release)
      })
    mutex.run(key, held, deadline).catch(reject)
  })
}

/** Waiting that a deadline ends when the test says so. */
function impatiently() {
  const passed = gate()
  const late = new Error('late')
  const within = <Value>(promise: Promise<Value>): Promise<Value> =>
    Promise.race([
      promise,
      passed.pass().then((): Value => {
        throw late
      }),
    ])
  return { within, late, pass: passed.open }
}

/** Lets everything run that can run by now. */
const settle = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve)
  })

describe('a keyed mutex', () => {
  it('is free at once if it is not held', async () => {
    const mutex = new KeyedMutex()
    for (let writer = 0; writer < 3; writer++) (await take(mutex, handle))()
  })

  it('is held by one after the other, in the order of asking', async () => {
    const mutex = new KeyedMutex()
    const order: string[] = []
    const endFirst = await take(mutex, handle)
    const writers = ['second', 'third', 'fourth'].map(async (name) => {
      const end = await take(mutex, handle)
      order.push(`${name} begins`)
      await settle()
      order.push(`${name} ends`)
      end()
    })
    await settle()
    expect(order).toEqual([])
    endFirst()
    await Promise.all(writers)
    expect(order).toEqual([
      'second begins',
      'second ends',
      'third begins',
      'third ends',
      'fourth begins',
      'fourth ends',
    ])
  })

  it('has locks of different keys that do not wait for each other', async () => {
    const mutex = new KeyedMutex()
    const endFirst = await take(mutex, handle)
    const endOther = await take(mutex, newHandle())
    endOther()
    endFirst()
  })

  it('passes a turn on that comes too late, and not before the one before has ended', async () => {
    const mutex = new KeyedMutex()
    const { within, late, pass } = impatiently()
    const endFirst = await take(mutex, handle)
    const tooLate = take(mutex, handle, { within })
    let thirdBegan = false
    const third = take(mutex, handle).finally(() => {
      thirdBegan = true
    })
    pass()
    await expect(tooLate).rejects.toBe(late)
    await settle()
    expect(thirdBegan).toBe(false)
    endFirst()
    ;(await third)()
  })

  it('is waited for even after an earlier waiter gave up', async () => {
    const mutex = new KeyedMutex()
    const { within, late, pass } = impatiently()
    const endFirst = await take(mutex, handle)
    const tooLate = take(mutex, handle, { within })
    pass()
    await expect(tooLate).rejects.toBe(late)
    let thirdBegan = false
    const third = take(mutex, handle).finally(() => {
      thirdBegan = true
    })
    await settle()
    expect(thirdBegan).toBe(false)
    endFirst()
    ;(await third)()
  })

  it('released twice is released once', async () => {
    const mutex = new KeyedMutex()
    const endFirst = await take(mutex, handle)
    const second = take(mutex, handle)
    endFirst()
    const endSecond = await second
    let thirdBegan = false
    const third = take(mutex, handle).finally(() => {
      thirdBegan = true
    })
    endFirst()
    await settle()
    expect(thirdBegan).toBe(false)
    endSecond()
    ;(await third)()
  })
})
