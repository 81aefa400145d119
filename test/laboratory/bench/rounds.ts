import type { RedisServer } from '../../support/servers/redis.js'
import type { Case } from './cases.js'
import { startContestant, type ContestantProcess } from './contestant-process.js'
import type { Contestant } from './contestants.js'
import { busyTimeOfServerCoreUs } from './cores.js'
import { connectionCount, openLoad, type Load } from './load.js'
import { costsBetween, readCounts, type RedisCosts } from './redis-costs.js'
import { quantile } from './statistics.js'
import { makeVisitors } from './visitors.js'

/** How long and how often is measured. */
export interface Extent {
  readonly rounds: number
  readonly roundMs: number
  /** Requests before the first round, so that V8 has compiled what it will. */
  readonly warmUp: number
  /** Sessions in the store. */
  readonly visitors: number
}

export interface Round {
  readonly processorUs: number
  readonly requestsPerSecond: number
  readonly medianMs: number
  readonly slowMs: number
  readonly redis: RedisCosts
  /** The share of the round in which the server was computing. Below 0.9 it has waited for the load. */
  readonly busy: number
  /** The share of its core that others have taken. */
  readonly foreign: number
}

/** One contestant's rounds of a case. */
export interface Measured {
  readonly contestant: Contestant
  readonly rounds: Round[]
}

/** A contestant that is ready to be measured. */
export interface Entry extends Measured {
  readonly server: ContestantProcess
  readonly load: Load
}

const foreignAtMost = 0.08
const triesPerRound = 4

/** Starts the contestants, measures them in turns, and stops them. */
export async function measureCase(
  wanted: Case,
  contestants: readonly Contestant[],
  extent: Extent,
  redis: RedisServer,
  tell: (progress: string) => void,
): Promise<readonly Measured[]> {
  const entries: Entry[] = []
  try {
    for (const contestant of contestants) {
      tell(`${wanted.id}: warming up ${contestant.id}`)
      entries.push(await enter(contestant, wanted, extent, redis))
    }
    for (let round = 0; round < extent.rounds; round++) {
      // Back and forth, so that nobody always comes after the same one.
      for (const entry of round % 2 === 0 ? entries : entries.toReversed()) {
        tell(`${wanted.id}: round ${round + 1} of ${extent.rounds}, ${entry.contestant.id}`)
        entry.rounds.push(await measureUndisturbed(entry, extent, redis))
      }
    }
    return entries
  } finally {
    for (const { load, server } of entries) {
      load.close()
      await server.stop()
    }
    await redis.command('FLUSHALL')
  }
}

/** Starts a contestant, gives it its sessions, and warms it up. */
export async function enter(contestant: Contestant, wanted: Case, extent: Extent, redis: RedisServer): Promise<Entry> {
  const server = await startContestant(contestant, redis.url)
  const count = wanted.visitors === 'shared' ? connectionCount : extent.visitors
  const visitors = await makeVisitors(server.port, contestant, wanted, count)
  const load = await openLoad(server.port, contestant, wanted, visitors)
  await load.send(extent.warmUp)
  return { contestant, rounds: [], server, load }
}

/** A round in which no other process took much of the server's core; the least disturbed one if there is none. */
async function measureUndisturbed(entry: Entry, { roundMs, warmUp }: Extent, redis: RedisServer): Promise<Round> {
  const tries: Round[] = []
  await entry.load.send(Math.ceil(warmUp / 30))
  while (tries.length < triesPerRound) {
    const round = await measure(entry, roundMs, redis)
    tries.push(round)
    if (round.foreign <= foreignAtMost) break
  }
  return tries.reduce((best, each) => (each.foreign < best.foreign ? each : best))
}

async function measure({ server, load }: Entry, roundMs: number, redis: RedisServer): Promise<Round> {
  const countsBefore = await readCounts(redis)
  const busyBefore = busyTimeOfServerCoreUs()
  const before = await server.processorTimeUs()
  const { requests, ms, latenciesMs } = await load.sendFor(roundMs)
  const used = (await server.processorTimeUs()) - before
  const busyAll = busyBefore === undefined ? used : busyTimeOfServerCoreUs()! - busyBefore
  return {
    processorUs: used / requests,
    requestsPerSecond: requests / (ms / 1000),
    medianMs: quantile(latenciesMs, 0.5),
    slowMs: quantile(latenciesMs, 0.99),
    redis: costsBetween(countsBefore, await readCounts(redis), requests),
    busy: used / 1000 / ms,
    foreign: Math.max(0, busyAll - used) / 1000 / ms,
  }
}
