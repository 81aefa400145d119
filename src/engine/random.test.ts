import type * as crypto from 'node:crypto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { randomText } from './random.js'

const generator = vi.hoisted(() => ({ calls: 0, failure: undefined as Error | undefined, pool: undefined as unknown }))

vi.mock('node:crypto', async (original) => {
  const real = await original<typeof crypto>()
  return {
    ...real,
    randomFillSync: (buffer: Buffer) => {
      generator.calls++
      generator.pool = buffer
      if (generator.failure !== undefined) throw generator.failure
      return real.randomFillSync(buffer)
    },
  }
})

afterEach(() => {
  generator.failure = undefined
})

/** Uses the pool up, so that the next text asks the generator. */
function drain(): void {
  const before = generator.calls
  while (generator.calls === before) randomText(16)
  for (let used = 16; used < 4096; used += 16) randomText(16)
}

describe('random text', () => {
  it.each([6, 8, 16, 24])('SID-1: of %i bytes is as many bytes of base64url', (bytes) => {
    const text = randomText(bytes)
    expect(text).toMatch(/^[A-Za-z0-9_-]+$/)
    expect(Buffer.from(text, 'base64url')).toHaveLength(bytes)
    expect(Buffer.from(text, 'base64url').toString('base64url')).toBe(text)
  })

  it('SID-1: is never the same twice, and its bytes are evenly spread', () => {
    const drawn = 20_000
    const texts = new Set<string>()
    const counts = Array.from({ length: 256 }, () => 0)
    let ones = 0
    for (let index = 0; index < drawn; index++) {
      const text = randomText(16)
      texts.add(text)
      for (const byte of Buffer.from(text, 'base64url')) {
        counts[byte]!++
        for (let bits = byte; bits > 0; bits >>= 1) ones += bits & 1
      }
    }
    expect(texts.size).toBe(drawn)
    const expected = (drawn * 16) / 256
    const chiSquared = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    // 255 degrees of freedom: mean 255, deviation 22.6. Ten deviations do not happen by chance.
    expect(chiSquared).toBeGreaterThan(255 - 226)
    expect(chiSquared).toBeLessThan(255 + 226)
    const bits = drawn * 128
    expect(Math.abs(ones - bits / 2)).toBeLessThan(10 * Math.sqrt(bits / 4))
  })

  it('asks the system once for 4 KiB of it', () => {
    drain()
    const before = generator.calls
    for (let used = 0; used < 4096; used += 16) randomText(16)
    expect(generator.calls).toBe(before + 1)
  })

  it('is wiped from memory as it is handed out', () => {
    drain()
    randomText(24)
    const pool = generator.pool as Buffer
    expect(pool.subarray(0, 24).every((byte) => byte === 0)).toBe(true)
    expect(pool.subarray(24).every((byte) => byte === 0)).toBe(false)
  })

  it('SID-1: fails when the generator does, each time, and is random again when it works again', () => {
    drain()
    generator.failure = new Error('no entropy')
    for (let attempt = 0; attempt < 3; attempt++) expect(() => randomText(16)).toThrow(generator.failure)
    generator.failure = undefined
    expect(randomText(16)).not.toBe(randomText(16))
  })

  it('SID-1: is not made of what a failed filling left in the pool', () => {
    drain()
    for (let used = 0; used < 4080; used += 24) randomText(24)
    generator.failure = new Error('no entropy')
    expect(() => randomText(24)).toThrow(generator.failure)
    expect(() => randomText(16)).toThrow(generator.failure)
    generator.failure = undefined
    const text = randomText(16)
    expect(Buffer.from(text, 'base64url').every((byte) => byte === 0)).toBe(false)
    expect(randomText(16)).not.toBe(text)
  })
})
