import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Step } from './request.js'
import { sabotages } from './sabotage.js'
import { play, playAll, type Scenario } from './schedule.js'
import type { Plan } from './world.js'

/**
 * Three backends on one store whose every call stops at a gate, and an oracle that knows the rules. A failure says what was
 * wrong and tells the story that led there.
 *
 * SESSERA_MODEL_RUNS=100000 SESSERA_MODEL_SEED=1 npx vitest run test/model
 */
const runs = Number(process.env['SESSERA_MODEL_RUNS'] ?? 1_000)
const seed = process.env['SESSERA_MODEL_SEED']

const beginnings: Readonly<Record<string, readonly Plan[]>> = {
  'a visitor without a cookie': [],
  'an anonymous session': [{ steps: ['fill'], backend: 0 }],
  'a signed-in session': [{ steps: ['ada', 'fill'], backend: 0 }],
}

const read: Step[] = []
const short: Step[][] = [read, ['write'], ['rotate'], ['end'], ['ada']]
const usual: Step[][] = [...short, ['same'], ['update', 'write'], ['bob'], ['administer']]
const all: Step[][] = [
  ...usual,
  ['update'],
  ['write', 'update'],
  ['same', 'save', 'write'],
  ['rotate', 'write'],
  ['end', 'write'],
  ['end', 'ada', 'update'],
  ['write', 'ada', 'write', 'fail'],
]

const slow: Step[][] = [
  ['wait'],
  ['wait', 'write'],
  ['wait', 'update'],
  ['wait', 'ada'],
  ['wait', 'end'],
  ['rotate', 'wait'],
]

/** All choices of `size` operations, whatever their order. */
function combinations(operations: readonly Step[][], size: number): Step[][][] {
  if (size === 0) return [[]]
  return operations.flatMap((first, index) =>
    combinations(operations.slice(index), size - 1).map((rest) => [first, ...rest]),
  )
}

const spread = (steps: readonly Step[][]): Plan[] => steps.map((each, backend) => ({ steps: each, backend }))
const together = (steps: readonly Step[][]): Plan[] => steps.map((each) => ({ steps: each, backend: 0 }))

/** Plays all of it in all orders; gives how many orders there were. */
async function playEach(scenarios: Iterable<Scenario>): Promise<number> {
  let played = 0
  for (const scenario of scenarios) {
    const outcome = await playAll(scenario)
    if (typeof outcome === 'string') throw new Error(outcome)
    played += outcome
  }
  return played
}

describe.each(Object.entries(beginnings))('requests of %s', (_beginning, before) => {
  it('TR-2: two at once, on two backends and on one, in every order', async () => {
    const pairs = combinations(all, 2)
    const plans = [...pairs.map(spread), ...pairs.map(together)]
    expect(await playEach(plans.map((each) => ({ before, plans: each })))).toBeGreaterThan(500)
  }, 120_000)

  it('TR-2: two at once, of which an answer gets lost or a call is given up and runs late, in every order', async () => {
    const plans = combinations(usual, 2).map(spread)
    expect(await playEach(plans.map((each) => ({ before, plans: each, faults: 1 })))).toBeGreaterThan(400)
  }, 120_000)

  it('TR-2: three short ones at once, on three backends, in every order', async () => {
    const plans = combinations(short, 3).map(spread)
    expect(await playEach(plans.map((each) => ({ before, plans: each })))).toBeGreaterThan(50)
  }, 120_000)
})

describe('the requests of a visitor', () => {
  const plan = fc.record({
    steps: fc.constantFrom(...all, ...slow),
    backend: fc.nat(2),
    cookie: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(5) }),
  })
  const scenario = fc.record({
    before: fc.constantFrom(...Object.values(beginnings)),
    plans: fc.array(plan, { minLength: 2, maxLength: 7 }),
    faults: fc.nat(2), // three answers lost in a row are more than making a session bears
    pauses: fc.nat(3),
  })
  const choices = fc.array(fc.nat(1_000), { maxLength: 60, size: 'max' })

  it('TR-2: break no rule in any order, with old cookies, lost answers, late calls and pauses', async () => {
    const property = fc.asyncProperty(scenario, choices, async (played, picks) => {
      const next = picks[Symbol.iterator]()
      const problem = await play(played, (of) => (next.next().value ?? 0) % of)
      if (problem !== undefined) throw new Error(problem)
    })
    await fc.assert(property, { numRuns: runs, ...(seed === undefined ? {} : { seed: Number(seed) }) })
  }, 3_600_000)
})

describe('an order that once broke a rule', () => {
  const read: Plan = { steps: [], backend: 0, cookie: 0 }
  const writes: Step[] = ['write', 'update']
  const orders: Record<
    string,
    { before: keyof typeof beginnings; plans: Plan[]; faults: number; pauses: number; picks: number[] }
  > = {
    'a request with the newest secret is not refused because a slower one before it hands on an older state': {
      before: 'an anonymous session',
      plans: [
        { steps: writes, backend: 1, cookie: 0 },
        { steps: writes, backend: 0, cookie: 0 },
        { steps: ['bob'], backend: 0, cookie: 0 },
        { steps: ['update'], backend: 1, cookie: 0 },
      ],
      faults: 1,
      pauses: 0,
      picks: [0, 0, 331, 0, 348, 566, 0, 365, 53, 201, 320, 593],
    },
    'a write after the lifetime brings nothing back, though a late renewal has kept the record in the store': {
      before: 'a signed-in session',
      plans: [
        read,
        read,
        read,
        { steps: ['wait', 'update'], backend: 1, cookie: 0 },
        { steps: ['update', 'write'], backend: 1, cookie: 0 },
        read,
      ],
      faults: 0,
      pauses: 3,
      picks: [0, 128, 0, 0, 636, 950, 450, 0, 496, 596, 477, 104, 30, 365],
    },
  }
  it.each(Object.entries(orders))('%s', async (_rule, { before, picks, ...scenario }) => {
    const next = picks[Symbol.iterator]()
    const choose = (of: number): number => (next.next().value ?? 0) % of
    expect(await play({ ...scenario, before: beginnings[before] ?? [] }, choose)).toBeUndefined()
  })
})

describe('the model notices a store that', () => {
  const scenarios = Object.values(beginnings).flatMap((before) =>
    combinations(usual, 2).map((pair) => ({ before, plans: spread(pair), faults: 1 })),
  )
  it.each(Object.entries(sabotages))('%s', async (_name, sabotage) => {
    const work = playEach(scenarios.map((scenario) => ({ ...scenario, sabotage })))
    await expect(work).rejects.toThrow('after')
  })
})
