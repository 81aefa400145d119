import { expect, it } from 'vitest'
import { findMissingPackages } from '../../support/packages.js'
import { tableOf } from './comparison.js'
import { compareSignOuts, peerName } from './sign-outs.js'

const missing = await findMissingPackages('laboratory/sign-out')

it.skipIf(missing)(
  'the race of `npm run compare` shows no sign-in that outlives sign-out everywhere with Sessera',
  async () => {
    const rows = await compareSignOuts({ rounds: 4, seed: 1 })
    console.log(tableOf(rows, peerName))
    expect(rows.map(({ sessera }) => sessera.wrong)).toEqual([0, 0])
    for (const { sessera, peer } of rows) {
      expect(sessera.tries).toBeGreaterThan(0)
      expect(peer.tries).toBeGreaterThan(0)
    }
  },
  120_000,
)
