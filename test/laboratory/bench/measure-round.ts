import type { RedisServer } from '../../support/servers/redis.js'
import type { ContestantProcess } from './contestant-process.js'
import { busyTimeOfServersCoreUs } from './cores.js'
import type { Load } from './load.js'
import { costsBetween, readCounts, type RedisCosts } from './redis-costs.js'
import { quantile } from './statistics.js'

export interface Round {
  /** Of the server, per request, as the operating system has counted it. */
  readonly processorUs: number
  readonly requestsPerSecond: number
  readonly medianMs: number
  readonly slowMs: number
  readonly redis: RedisCosts
  /** Of the load, per request. It must leave the server no time to wait. */
  readonly loadUs: number
  /** The share of the round in which the server was computing. */
  readonly busy: number
  /** The share of its core that others have taken. */
  readonly foreign: number
}

export async function measureRound(
  server: ContestantProcess,
  load: Load,
  roundMs: number,
  redis: RedisServer,
): Promise<Round> {
  const countsBefore = await readCounts(redis)
  const coreBefore = busyTimeOfServersCoreUs()
  const serverBefore = await server.processorTimeUs()
  const loadBefore = process.cpuUsage()
  const { requests, ms, latenciesMs } = await load.sendFor(roundMs)
  const { user, system } = process.cpuUsage(loadBefore)
  const used = (await server.processorTimeUs()) - serverBefore
  const usedByAll = coreBefore === undefined ? used : busyTimeOfServersCoreUs()! - coreBefore
  return {
    processorUs: used / requests,
    requestsPerSecond: requests / (ms / 1000),
    medianMs: quantile(latenciesMs, 0.5),
    slowMs: quantile(latenciesMs, 0.99),
    redis: costsBetween(countsBefore, await readCounts(redis), requests),
    loadUs: (user + system) / requests,
    busy: used / 1000 / ms,
    foreign: Math.max(0, usedByAll - used) / 1000 / ms,
  }
}
