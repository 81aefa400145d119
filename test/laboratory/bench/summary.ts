import type { Measured, Round } from './rounds.js'
import { spreadOf, type Spread } from './statistics.js'

/** One contestant in one case, over all rounds. */
export interface Line {
  readonly id: string
  readonly title: string
  readonly bare: string | undefined
  readonly processorUs: Spread
  /** What the session costs: over the framework alone in the same round. */
  readonly overUs: Spread
  /** In units of what it costs with the pair. */
  readonly ratio: number | undefined
  readonly requestsPerSecond: number
  readonly medianMs: number
  readonly slowMs: number
  readonly redisCommands: string
  readonly bytesToRedis: number
  readonly bytesFromRedis: number
  readonly redisUs: number
  /** Whether the load was too slow for it. Its processor time counts all the same. */
  readonly waited: boolean
  /** The largest share of the core that others have taken in a round. */
  readonly foreign: number
}

/** The figures of a case. `unit`: the contestant that ratios are told in, if it was measured. */
export function summarise(measured: readonly Measured[], unit = 'pair'): readonly Line[] {
  const unitRounds = measured.find(({ contestant }) => contestant.id === unit)
  const unitUs = unitRounds && spreadOf(overBare(unitRounds, measured)).median
  return measured.map((each) => {
    const { contestant, rounds } = each
    const overUs = spreadOf(overBare(each, measured))
    const median = (value: (round: Round) => number): number => spreadOf(rounds.map(value)).median
    return {
      ...contestant,
      bare: contestant.bare,
      processorUs: spreadOf(rounds.map(({ processorUs }) => processorUs)),
      overUs,
      ratio: contestant.bare === undefined || unitUs === undefined ? undefined : overUs.median / unitUs,
      requestsPerSecond: median((round) => round.requestsPerSecond),
      medianMs: median((round) => round.medianMs),
      slowMs: median((round) => round.slowMs),
      redisCommands: commandsOf(rounds.at(-1)!),
      bytesToRedis: median(({ redis }) => redis.bytesIn),
      bytesFromRedis: median(({ redis }) => redis.bytesOut),
      redisUs: median(({ redis }) => redis.processorUs),
      waited: median(({ busy }) => busy) < 0.9,
      foreign: Math.max(...rounds.map(({ foreign }) => foreign)),
    }
  })
}

/** Round by round, so that a machine that gets slower meanwhile changes nothing. Of Express alone there are two; their mean counts. */
function overBare({ contestant, rounds }: Measured, measured: readonly Measured[]): readonly number[] {
  const bare = contestant.bare ?? contestant.id.replace('-again', '')
  const bares = measured.filter(({ contestant: { id } }) => id === bare || id === `${bare}-again`)
  return rounds.map(({ processorUs }, index) => {
    const costs = bares.map((each) => each.rounds[index]!.processorUs)
    return processorUs - costs.reduce((sum, cost) => sum + cost, 0) / costs.length
  })
}

function commandsOf({ redis }: Round): string {
  return redis.commands.map(({ name, count }) => `${Math.round(count * 100) / 100} ${name}`).join(' + ')
}
