import { memoryStore } from 'sessera'
import { storeCases, type StoreHarness } from 'sessera/testing'
import { describe, expect, it } from 'vitest'

const day = 86_400_000

function reasonsOf(declared: Partial<StoreHarness>): string[] {
  const open = async () => ({ store: memoryStore(), advance: () => {}, close: async () => {} })
  const everything = {
    atomicity: 'store',
    open,
    unreachable: open,
    interrupted: async () => ({ ...(await open()), recover: async () => {} }),
  } as const
  return storeCases({ ...everything, ...declared }).flatMap(({ name, skip }) =>
    skip === undefined ? [] : [`${name}: ${skip}`],
  )
}

describe('what a harness declares that its store cannot show is skipped, with the reason', () => {
  it('nothing, where it declares nothing', () => {
    expect(reasonsOf({})).toEqual([])
  })

  it('a second view of a store that is exact within one process only', () => {
    const reasons = reasonsOf({ atomicity: 'process' })
    expect(reasons).toHaveLength(4)
    for (const reason of reasons) expect(reason).toMatch(/: declares atomicity 'process', so there is no second view$/)
  })

  it('the very millisecond, where the clock cannot be set', () => {
    expect(reasonsOf({ realTime: true })).toEqual([
      'a session lives until the last millisecond of its lifetime, and no longer: ' +
        'declares realTime, so its clock cannot be set to a millisecond',
    ])
  })

  it('a long life, where the backend cannot count so far', () => {
    expect(reasonsOf({ maxLifetimeMs: 90 * day })).toEqual([])
    expect(reasonsOf({ maxLifetimeMs: 30 * day })).toEqual([
      'a lifetime of 90 days is kept: declares maxLifetimeMs 2592000000, which is 30 days',
    ])
  })
})
