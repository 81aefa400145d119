import { setImmediate as turn } from 'node:timers/promises'
import { gate } from 'sessera/testing'
import { describe, expect, it } from 'vitest'

describe('gate', () => {
  it('holds code until it is opened, and shows that it was reached', async () => {
    const held = gate()
    const steps: string[] = []
    const work = (async () => {
      steps.push('before')
      await held.pass()
      steps.push('after')
    })()
    await held.reached
    await turn()
    expect(steps).toEqual(['before'])
    held.open()
    await work
    expect(steps).toEqual(['before', 'after'])
  })

  it('is not reached before the first pass', async () => {
    const held = gate()
    const first = await Promise.race([held.reached.then(() => 'reached'), turn('not reached')])
    expect(first).toBe('not reached')
  })

  it('lets all through at once, and stays open', async () => {
    const held = gate()
    const waiting = Promise.all([held.pass(), held.pass()])
    held.open()
    await expect(waiting).resolves.toHaveLength(2)
    held.open()
    await expect(held.pass()).resolves.toBeUndefined()
  })
})
