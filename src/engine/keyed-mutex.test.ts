import { describe, expect, it } from 'vitest'
import { gate } from 'sessera/testing'
import { newHandle } from '../store.js'
import { Turns } from './keyed-mutex.js'

const handle = newHandle()
const patiently = <Value>(promise: Promise<Value>): Promise<Value> => promise

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

describe('turns', () => {
  it('come at once where nobody else writes', async () => {
    const turns = new Turns()
    for (let writer = 0; writer < 3; writer++) (await turns.take(handle, patiently))()
  })

  it('come one after the other, in the order of asking', async () => {
    const turns = new Turns()
    const order: string[] = []
    const endFirst = await turns.take(handle, patiently)
    const writers = ['second', 'third', 'fourth'].map(async (name) => {
      const end = await turns.take(handle, patiently)
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

  it('of different sessions do not wait for each other', async () => {
    const turns = new Turns()
    const endFirst = await turns.take(handle, patiently)
    const endOther = await turns.take(newHandle(), patiently)
    endOther()
    endFirst()
  })

  it('that come too late are passed on, and not before the one before has ended', async () => {
    const turns = new Turns()
    const { within, late, pass } = impatiently()
    const endFirst = await turns.take(handle, patiently)
    const tooLate = turns.take(handle, within)
    let thirdBegan = false
    const third = turns.take(handle, patiently).finally(() => {
      thirdBegan = true
    })
    pass()
    await expect(tooLate).rejects.toBe(late)
    await settle()
    expect(thirdBegan).toBe(false)
    endFirst()
    ;(await third)()
  })

  it('are waited for also by those who ask after somebody gave up waiting', async () => {
    const turns = new Turns()
    const { within, late, pass } = impatiently()
    const endFirst = await turns.take(handle, patiently)
    const tooLate = turns.take(handle, within)
    pass()
    await expect(tooLate).rejects.toBe(late)
    let thirdBegan = false
    const third = turns.take(handle, patiently).finally(() => {
      thirdBegan = true
    })
    await settle()
    expect(thirdBegan).toBe(false)
    endFirst()
    ;(await third)()
  })

  it('ended twice are ended once', async () => {
    const turns = new Turns()
    const endFirst = await turns.take(handle, patiently)
    const second = turns.take(handle, patiently)
    endFirst()
    const endSecond = await second
    let thirdBegan = false
    const third = turns.take(handle, patiently).finally(() => {
      thirdBegan = true
    })
    endFirst()
    await settle()
    expect(thirdBegan).toBe(false)
    endSecond()
    ;(await third)()
  })
})
