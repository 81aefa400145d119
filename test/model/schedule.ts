import { World, type Plan, type Sabotage } from './world.js'

/** Picks one of so many things that can happen next. */
export type Choose = (of: number) => number

export interface Scenario {
  /** The requests that make the session, one after the other; none for a visitor without a cookie. */
  readonly before: readonly Plan[]
  readonly plans: readonly Plan[]
  /** How many answers may get lost and calls be given up. */
  readonly faults?: number
  /** How often the clock may move; requests then arrive one by one. Without, all are there from the beginning. */
  readonly pauses?: number
  readonly sabotage?: Sabotage | undefined
}

type Happening = () => Promise<void> | void

// Past the grace time in two, past the time for a renewal, past the idle timeout in two.
const pausesMs = [3_000, 240_000, 1_200_000]

// Five failures in a row would open the circuit breaker of a backend, which goes by the real clock.
const maxGivenUp = 4

/** Lets everything happen in the order that `choose` picks. Gives what went wrong, and how, or `undefined`. */
export async function play(scenario: Scenario, choose: Choose): Promise<string | undefined> {
  const world = new World(scenario.sabotage)
  const { waiting } = world.store
  const { before, plans, faults = 0, pauses } = scenario
  let faultsLeft = faults
  let pausesLeft = pauses ?? 0
  for (const plan of before) {
    world.start(plan)
    for (await world.settled(); waiting.length > 0; await world.settled()) await world.carryOut(waiting[0]!)
  }
  const toCome = [...plans]
  if (pauses === undefined) for (const plan of toCome.splice(0)) world.start(plan)
  for (;;) {
    await world.settled()
    const next = [...answers(), ...arrivals()]
    if (next.length === 0) return world.end()
    next.push(...mishaps(), ...passingTime())
    await next[choose(next.length)]!()
  }

  function answers(): Happening[] {
    return waiting.map((call) => () => world.carryOut(call))
  }

  function arrivals(): Happening[] {
    return toCome.slice(0, 1).map((plan) => () => (toCome.shift(), world.start(plan)))
  }

  function mishaps(): Happening[] {
    if (faultsLeft === 0) return []
    const writes = world.callsUnderWay.filter(({ verb, isLost }) => verb !== 'load' && !isLost)
    const givingUp = world.givenUp < maxGivenUp ? writes : []
    return [
      ...writes.map((call) => () => (faultsLeft--, world.loseAnswer(call))),
      ...givingUp.map((call) => () => (faultsLeft--, world.giveUp(call))),
    ]
  }

  function passingTime(): Happening[] {
    if (pausesLeft === 0 || world.givenUp + world.callsUnderWay.length > maxGivenUp) return []
    return pausesMs.map((ms) => () => (pausesLeft--, world.advance(ms)))
  }
}

/** Plays a scenario in every order there is. Gives how many there are, or what went wrong first. */
export async function playAll(scenario: Scenario): Promise<number | string> {
  let prefix: number[] = []
  for (let played = 1; ; played++) {
    const taken: { choice: number; of: number }[] = []
    const problem = await play(scenario, (of) => {
      const choice = prefix[taken.length] ?? 0
      taken.push({ choice, of })
      return choice
    })
    if (problem !== undefined) return problem
    while (taken.length > 0 && taken.at(-1)!.choice + 1 === taken.at(-1)!.of) taken.pop()
    if (taken.length === 0) return played
    prefix = taken.map(({ choice }) => choice)
    prefix[prefix.length - 1]!++
  }
}
