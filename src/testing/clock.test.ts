import { fakeClock } from 'sessera/testing'
import { describe, expect, it } from 'vitest'

describe('fakeClock', () => {
  it('stands still until it is advanced', async () => {
    const clock = fakeClock(1_000)
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(clock.now()).toBe(1_000)
    clock.advance(250)
    clock.advance(0)
    expect(clock.now()).toBe(1_250)
  })

  it('starts at a plausible time by default', () => {
    expect(new Date(fakeClock().now()).toISOString()).toBe('2030-01-01T00:00:00.000Z')
  })

  it('has functions that need no `this`', () => {
    const { now, advance } = fakeClock(5)
    advance(1)
    expect(now()).toBe(6)
  })

  it('refuses to go back, and NaN', () => {
    const clock = fakeClock(1_000)
    expect(() => clock.advance(-1)).toThrow(RangeError)
    expect(() => clock.advance(Number.NaN)).toThrow(RangeError)
    expect(clock.now()).toBe(1_000)
  })
})
