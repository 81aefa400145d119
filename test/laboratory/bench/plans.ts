import type { Extent } from './rounds.js'

/** What is measured if nothing is said, and how. */
export interface Plan {
  readonly extent: Extent
  /** Ids; all of them if there is none. */
  readonly contestants: readonly string[]
  readonly cases: readonly string[]
  /** How it is measured, in a sentence. */
  describe(extent: Extent): string
}

export const full: Plan = {
  extent: { starts: 3, rounds: 3, roundMs: 500, warmUp: 15_000, visitors: 1024, tries: 4, budgetMs: Infinity },
  contestants: [],
  cases: [],
  describe: ({ starts, rounds, roundMs, warmUp, visitors }) =>
    `${starts} times ${rounds} rounds of ${roundMs} ms each in turns, each time in new processes and after a warm-up of ${warmUp} requests (at 64 KB a fifth of that, and three times as long); ${visitors} sessions.`,
}

export const quick: Plan = {
  extent: { starts: 1, rounds: 5, roundMs: 400, warmUp: 4000, visitors: 1024, tries: 1, budgetMs: 25_000 },
  contestants: ['pair', 'native', 'drop-in', 'fastify-session', 'iron-session'],
  cases: ['anonymous', 'read', 'write', 'forged'],
  describe: ({ rounds, roundMs, warmUp }) =>
    `Quick and rough: some contestants and cases, at most ${rounds} rounds of ${roundMs} ms after a warm-up of ${warmUp} requests, disturbed ones not repeated.`,
}
