import { observe, type Expected } from '../aftermath.js'
import { inTurns } from '../in-turns.js'
import { type Deed, interrupt, type Point, type Victim } from '../interrupted.js'
import type { Observation, Scenario } from '../scenario.js'
import type { Stage } from '../stage.js'

// A backend is killed where it hurts: what it was about to store is not stored, or is, and nobody is told.

const allDeeds: readonly Deed[] = ['rotate', 'sign-in', 'add', 'sign-out']
const points: readonly Point[] = ['command', 'reply']

/** The old state or the new one, and never half of it. The drop-in rotates like the original: it ends one session and begins another. */
const expected: Expected = {
  both: {
    'sign-in': 'signed out / signed out, 1 orphaned',
    add: 'signed in, not added / signed in, added',
    'sign-out': 'signed in / signed out',
  },
  native: { rotate: 'signed in / signed in for 10 s, 1 orphaned' },
  'drop-in': { rotate: 'signed out / signed out, 1 orphaned' },
}

/** Each deed at each point, and what is left of it. */
export async function killAtPoints(stage: Stage, deeds = allDeeds): Promise<Observation> {
  const cases = new Map<string, readonly Victim[]>()
  for (const deed of deeds) {
    cases.set(deed, await inTurns(points, 1, (point) => interrupt(stage, deed, point, `${deed}-${point}`)))
  }
  return observe(stage, cases, expected)
}

export const killedAtPoints: Scenario = {
  name: 'FT-23',
  what: 'a backend is killed (kill -9) just before the change of a request is stored, and just after',
  withPeers: true,
  allows: ['unanswered'], // what it was at work on
  inflict: (stage) => killAtPoints(stage),
}
