import { memoryStore } from 'sessera'
import { storeCases, type StoreHarness } from 'sessera/testing'
import { describe, expect, it } from 'vitest'

const day = 86_400_000

function reasonsOf(declared: Partial<StoreHarness>): string[] {
  const open = async () => ({ store: memoryStore(), advance: () => {}, close: async () => {} })
  const everything = {
    atomicity: 'store',
    users: true,
    list: true,
    journal: true,
    announcements: true,
    open,
    unreachable: open,
    interrupted: async () => ({ ...(await open()), recover: async () => {} }),
  } as const
  return storeCases({ ...everything, ...declared }).flatMap(({ name, skip }) =>
    skip === undefined ? [] : [`${name}: ${skip}`],
  )
}

describe('cases for what a harness leaves out are skipped, with the reason', () => {
  it('none, if it declares everything', () => {
    expect(reasonsOf({})).toEqual([])
  })

  it('those of a second view, if calls are atomic within one process only', () => {
    const reasons = reasonsOf({ atomicity: 'process' })
    expect(reasons).toHaveLength(7)
    for (const reason of reasons) expect(reason).toMatch(/: declares atomicity 'process', so there is no second view$/)
  })

  it('those about the last millisecond or about days, if the clock cannot be moved', () => {
    const reasons = reasonsOf({ realTime: true })
    expect(reasons).toHaveLength(4)
    for (const reason of reasons)
      expect(reason).toMatch(/: declares realTime, so its clock cannot be set to a millisecond$/)
  })

  it.each(['users', 'list', 'journal', 'announcements'] as const)('those of %s, if the store has none', (member) => {
    const reasons = reasonsOf({ [member]: false })
    expect(reasons.length).toBeGreaterThan(5)
    for (const reason of reasons) expect(reason).toContain(`does not declare \`${member}\``)
  })

  it('the one of a long lifetime, if the backend has a limit', () => {
    expect(reasonsOf({ maxLifetimeMs: 90 * day })).toEqual([])
    expect(reasonsOf({ maxLifetimeMs: 30 * day })).toEqual([
      'a lifetime of 90 days is kept: declares maxLifetimeMs 2592000000, which is 30 days',
    ])
  })
})
