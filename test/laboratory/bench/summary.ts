import type { Case } from './cases.js'
import type { Contestant } from './contestants.js'
import type { Round } from './measure-round.js'
import type { Measured } from './rounds.js'
import { spreadOf, type Spread } from './statistics.js'

/** One contestant in one case, over all rounds. */
export interface Line {
  readonly contestant: Contestant
  readonly processorUs: Spread
  /** What the session costs: over the framework alone in the same round. */
  readonly overUs: Spread
  readonly requestsPerSecond: number
  readonly medianMs: number
  readonly slowMs: number
  /** By name, per request. */
  readonly redisCommands: string
  readonly bytesToRedis: number
  readonly bytesFromRedis: number
  readonly redisUs: number
  readonly loadUs: number
  /** Whether it has waited for the load, or for Redis. Its processor time counts all the same. */
  readonly waited: boolean
  /** Whether others took more of the core than they may, however often a round was repeated. */
  readonly disturbed: boolean
}

/** What was measured, in the order of the cases. */
export type Results = readonly { readonly case: Case; readonly lines: readonly Line[] }[]

export function summarise(measured: readonly Measured[]): readonly Line[] {
  return measured.map(({ contestant, rounds }) => {
    const median = (value: (round: Round) => number): number => spreadOf(rounds.map(value)).median
    return {
      contestant,
      processorUs: spreadOf(rounds.map(({ processorUs }) => processorUs)),
      overUs: spreadOf(overBare({ contestant, rounds }, measured)),
      requestsPerSecond: median(({ requestsPerSecond }) => requestsPerSecond),
      medianMs: median(({ medianMs }) => medianMs),
      slowMs: median(({ slowMs }) => slowMs),
      redisCommands: commandsOf(rounds.at(-1)!),
      bytesToRedis: median(({ redis }) => redis.bytesIn),
      bytesFromRedis: median(({ redis }) => redis.bytesOut),
      redisUs: median(({ redis }) => redis.processorUs),
      loadUs: median(({ loadUs }) => loadUs),
      waited: median(({ busy }) => busy) < 0.9,
      disturbed: rounds.some(({ foreign }) => foreign > 0.08),
    }
  })
}

/** Round by round, so that it does not matter if the machine gets slower meanwhile. Of Express alone there are two; their mean counts. */
function overBare({ contestant, rounds }: Measured, measured: readonly Measured[]): readonly number[] {
  const bares = measured.filter((each) => each.contestant.name === (contestant.bare ?? contestant.name))
  return rounds.map(({ processorUs }, index) => {
    const costs = bares.map((each) => each.rounds[index]!.processorUs)
    return processorUs - costs.reduce((sum, cost) => sum + cost, 0) / costs.length
  })
}

function commandsOf({ redis }: Round): string {
  return redis.commands.map(({ name, count }) => `${Math.round(count * 100) / 100} ${name}`).join(' + ')
}

/** A contestant's overhead in a case, in units of what the pair's is there, or of what its own unit is. */
export function ratioOf(results: Results, caseId: string, contestantId: string): number | undefined {
  const line = lineOf(results, caseId, contestantId)
  if (line?.contestant.bare === undefined) return undefined
  const { unit } = line.contestant
  const unitLine = unit === undefined ? lineOf(results, caseId, 'pair') : lineOf(results, 'anonymous', unit)
  return unitLine && line.overUs.median / unitLine.overUs.median
}

/** A contestant's overhead in a case, in units of what its framework's own library adds there. */
export function ratioToRival(results: Results, caseId: string, contestantId: string): number | undefined {
  const line = lineOf(results, caseId, contestantId)
  const rival = line?.contestant.rival && lineOf(results, caseId, line.contestant.rival)
  return rival ? line.overUs.median / rival.overUs.median : undefined
}

export function lineOf(results: Results, caseId: string, contestantId: string): Line | undefined {
  return results.find((each) => each.case.id === caseId)?.lines.find(({ contestant }) => contestant.id === contestantId)
}
