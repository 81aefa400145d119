import type { Extent } from './rounds.js'

/** What is measured if nothing is said, and how. */
export interface Plan {
  readonly extent: Extent
  /** Ids; all of them if there is none. */
  readonly contestants: readonly string[]
  readonly cases: readonly string[]
  readonly description: string
}

export const full: Plan = {
  extent: { rounds: 7, roundMs: 500, warmUp: 15_000, visitors: 1024, tries: 4 },
  contestants: [],
  cases: [],
  description: '7 rounds of 0.5 s each in turns, after a warm-up of 15,000 requests (3,000 at 64 KB); 1,024 sessions.',
}

export const quick: Plan = {
  extent: { rounds: 3, roundMs: 400, warmUp: 4000, visitors: 1024, tries: 1 },
  contestants: ['pair', 'native', 'drop-in', 'fastify-session', 'iron-session'],
  cases: ['anonymous', 'read', 'write', 'forged'],
  description:
    'Quick and rough: some contestants and cases, 3 rounds of 0.4 s after a warm-up of 4,000 requests, disturbed ones not repeated.',
}
