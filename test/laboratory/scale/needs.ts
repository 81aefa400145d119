import type { Costs } from './costs.js'
import type { SessionBytes } from './redis-memory.js'

/** Of the requests, those that change the session. */
const writeShare = 0.1
/** What one master should hold at most: with more, a restart or a new replica takes minutes. */
export const masterBytes = 16e9
/** Of its core, what a master should use at most. */
const masterLoad = 0.5

/** What so many sessions need. */
export interface StorageNeeds {
  readonly sessions: number
  readonly dataBytes: number
  readonly bytes: number
  readonly masters: number
}

export function storageNeeds(memory: readonly SessionBytes[], sessions: number): StorageNeeds[] {
  return memory.map(({ dataBytes, bytes }) => {
    const all = bytes.changed * sessions
    return { sessions, dataBytes, bytes: all, masters: Math.ceil(all / masterBytes) }
  })
}

/** What so many requests a second need. */
export interface TrafficNeeds {
  readonly requests: number
  /** Cores of the backends that sessions take, beside what the requests cost without them. */
  readonly backendCores: number
  /** Cores of Redis: with backends that are busy, and with backends that ask for one session at a time. */
  readonly redisCores: number
  readonly redisCoresAtMost: number
  readonly masters: number
  readonly mastersAtMost: number
  readonly bitsIn: number
  readonly bitsOut: number
}

export function trafficNeeds({ costs }: Costs, requests: number): TrafficNeeds {
  const [bare, read, write, single] = [
    costs.bare,
    costs['many: read'],
    costs['many: write'],
    costs['many: read, one at a time'],
  ]
  const mixed = (pick: (cost: typeof read) => number): number =>
    pick(read) * (1 - writeShare) + pick(write) * writeShare
  const redisCores = (mixed(({ redisUs }) => redisUs) * requests) / 1e6
  // A write asks twice.
  const redisCoresAtMost = (single.redisUs * (1 + writeShare) * requests) / 1e6
  const mastersFor = (cores: number): number => Math.ceil(cores / masterLoad)
  return {
    requests,
    backendCores: (mixed(({ backendUs }) => backendUs - bare.backendUs) * requests) / 1e6,
    redisCores,
    redisCoresAtMost,
    masters: mastersFor(redisCores),
    mastersAtMost: mastersFor(redisCoresAtMost),
    bitsIn: mixed(({ bytesIn }) => bytesIn) * requests * 8,
    bitsOut: mixed(({ bytesOut }) => bytesOut) * requests * 8,
  }
}
