import { setTimeout as pause } from 'node:timers/promises'
import { observe, type Expected } from '../aftermath.js'
import { inTurns } from '../in-turns.js'
import { interrupt, type Victim } from '../interrupted.js'
import type { Scenario } from '../scenario.js'
import type { Stage } from '../stage.js'
import { shareDone } from '../timing.js'

// An HAProxy stands before the backends. It sends again what was not answered, and its backends come and go.

const rounds = [1, 2, 3]

/**
 * The visitor has what one of the two left, and nobody has what the other one did. Who rotates twice has only the old secret: the new
 * one was in the answer that got lost.
 */
const expected: Expected = {
  both: { 'sign-in': `${rounds.length} × told 200, signed in, 1 orphaned` },
  native: { rotate: `${rounds.length} × told 200, signed in for 10 s, 1 orphaned` },
  'drop-in': { rotate: `${rounds.length} × told 401, signed out, 1 orphaned` },
}

const retried: Scenario = {
  name: 'FT-28',
  what: `a backend dies when it has stored a rotation or sign-in, ${rounds.length} of each; HAProxy sends it to the other one (retry-on)`,
  isBalanced: true,
  withPeers: true,
  load: { leaving: 0 }, // what happens to be under way in a dying backend is done twice, too
  allows: ['lost sessions'], // those that were rotated twice
  async inflict(stage) {
    const cases = new Map<string, readonly Victim[]>()
    for (const deed of ['rotate', 'sign-in'] as const) {
      cases.set(deed, await inTurns(rounds, 1, (round) => interrupt(stage, deed, 'reply', `${deed}-${round}`)))
    }
    return observe(stage, cases, expected)
  },
  alsoPromises({ history, wrongs }) {
    if (wrongs['lost sessions'] > rounds.length) return 'more sessions were lost than rotated twice'
    return shareDone(history) === 1 ? undefined : 'requests failed'
  },
}

const removed: Scenario = {
  name: 'FT-28',
  what: 'each backend is taken out of HAProxy for 1 s and put back, twice (set server … state maint)',
  isBalanced: true,
  async inflict({ balancer }: Stage) {
    for (let round = 0; round < 4; round++) {
      await balancer!.takeOut(round % 2)
      await pause(1000)
      await balancer!.putBack(round % 2)
      await pause(300)
    }
  },
  alsoPromises: ({ history }) => (shareDone(history) === 1 ? undefined : 'requests failed'),
}

export const balancers: readonly Scenario[] = [retried, removed]
