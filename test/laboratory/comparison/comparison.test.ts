import { describe, expect, it } from 'vitest'
import { compare, tableOf } from './comparison.js'

describe('the comparison of `npm run compare`', () => {
  it('shows nothing wrong with Sessera, and what goes wrong elsewhere', async () => {
    const rows = await compare({ users: 2, rounds: 6 })
    console.log(tableOf(rows))

    expect(rows.map(({ sessera }) => sessera)).toEqual([
      { tries: 80, wrong: 0 },
      { tries: 6, wrong: 0 },
      { tries: 6, wrong: 0 },
      { tries: 6, wrong: 0 },
    ])
    expect(rows.map(({ peer }) => peer.tries)).toEqual([80, 6, 6, 6])
    // The gate makes this one certain; the others depend on who is faster.
    expect(rows[1]!.peer.wrong).toBe(6)
  }, 120_000)
})
