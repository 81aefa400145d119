import { describe, expect, it } from 'vitest'
import { compareAndSet, type Attempt } from './compare-and-set.js'

describe('compare-and-set', () => {
  it('gives the result of the first attempt that succeeds', async () => {
    const seen: number[] = []
    const result = await compareAndSet(1, async (current): Promise<Attempt<number, string>> => {
      seen.push(current)
      return current < 4 ? { status: 'changed', current: current + 1 } : { status: 'done', result: 'stored' }
    })
    expect(result).toBe('stored')
    expect(seen).toEqual([1, 2, 3, 4])
  })

  it('ends with the error of an attempt', async () => {
    const error = new Error('late')
    await expect(compareAndSet(1, () => Promise.reject(error))).rejects.toBe(error)
  })

  it('lets other work run between attempts, so that a deadline can end it', async () => {
    let isOver = false
    setImmediate(() => {
      setImmediate(() => {
        isOver = true
      })
    })
    const result = await compareAndSet(0, async (tries): Promise<Attempt<number, number>> =>
      isOver ? { status: 'done', result: tries } : { status: 'changed', current: tries + 1 },
    )
    expect(result).toBeGreaterThan(0)
  })
})
