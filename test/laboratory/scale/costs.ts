import { cookieFile } from './cookie-file.js'
import { runLoad, type Load } from './load.js'
import { startProgram, type Program } from './program.js'
import { countersOf, startServer } from './redis-server.js'
import { medianOf } from './statistics.js'
import type { RedisServer } from '../../support/servers/redis.js'
import type { Size } from './size.js'

/** What is asked, of a backend whose Redis holds so many sessions. */
export const cases = ['bare', 'few: read', 'many: read', 'many: write', 'many: read, one at a time'] as const
export type Case = (typeof cases)[number]

/** What one request costs. */
export interface Cost {
  readonly backendUs: number
  readonly redisUs: number
  /** To and from Redis. */
  readonly bytesIn: number
  readonly bytesOut: number
  readonly p50Ms: number
  readonly p99Ms: number
}

export interface Costs {
  readonly fewSessions: number
  readonly manySessions: number
  readonly costs: Readonly<Record<Case, Cost>>
  /** What stays on the heap of a process that has stored, or has read, so many sessions: bytes of each. */
  readonly retainedBytes: { readonly stored: number; readonly read: number }
  /** Of so many sessions, those that were read again with what was stored. */
  readonly right: number
}

const dataBytes = 200
const connections = 32

/** What a request costs while there are few sessions, and while there are many. */
export async function measureCosts(size: Size): Promise<Costs> {
  const { fewSessions, manySessions, rounds } = size
  const few = await fill(fewSessions)
  const many = await fill(manySessions)
  const bare = await startProgram('backend', 'bare')
  const places: Readonly<Record<Case, Place>> = {
    bare: { backend: bare, path: '/read', connections },
    'few: read': { ...few, path: '/read', connections },
    'many: read': { ...many, path: '/read', connections },
    'many: write': { ...many, path: '/write', connections },
    'many: read, one at a time': { ...many, path: '/read', connections: 1 },
  }
  const entries = Object.entries(places) as [Case, Place][]
  const measured = new Map<Case, Cost[]>(cases.map((name) => [name, []]))
  for (const [, place] of entries) await costOf(place, size.roundMs * 2) // until the code is compiled
  // In turns, so that a busy moment of the machine hits all of them.
  for (let round = 0; round < rounds; round += 1)
    for (const [name, place] of entries) measured.get(name)!.push(await costOf(place, size.roundMs))
  for (const backend of [bare, few.backend, many.backend]) await backend.stop()
  for (const { server } of [few, many]) await server.stop()
  const costs = Object.fromEntries([...measured].map(([name, all]) => [name, medianCost(all)])) as Record<Case, Cost>
  return { fewSessions, manySessions, costs, retainedBytes: many.retainedBytes, right: many.right }
}

interface Place {
  readonly backend: Program
  readonly path: string
  readonly connections: number
  readonly server?: RedisServer
  readonly pick?: () => { readonly cookie: string; readonly userId: string }
}

/** A Redis with so many sessions, all of which were read once, and a backend for it. */
async function fill(count: number): Promise<Required<Pick<Place, 'backend' | 'server' | 'pick'>> & Filled> {
  const server = await startServer()
  const program = await startProgram('sessions')
  const cookies = cookieFile()
  const order = { ports: [server.port], form: 'signed-in', bytes: dataBytes, count, file: cookies.path }
  const stored = await program.ask<Retained>('write', order)
  const read = await program.ask<Retained & { readonly right: number }>('read', order)
  await program.stop()
  const backend = await startProgram('backend', 'native', String(server.port))
  const pick = cookies.picker()
  cookies.remove()
  const retainedBytes = { stored: stored.retainedBytes, read: read.retainedBytes }
  return { server, backend, pick, retainedBytes, right: read.right }
}

type Filled = Pick<Costs, 'retainedBytes' | 'right'>

interface Retained {
  readonly retainedBytes: number
}

async function costOf({ backend, path, connections, server, pick }: Place, forMs: number): Promise<Cost> {
  const load: Load = {
    port: Number(backend.first),
    path,
    connections,
    forMs,
    pick() {
      const picked = pick?.()
      return picked === undefined ? { body: 'nobody -' } : { cookie: picked.cookie, body: `${picked.userId} dark` }
    },
  }
  const counters = async () => (server === undefined ? noCounters : countersOf(server))
  const before = [await backend.ask<number>('processorTimeUs'), await counters()] as const
  const { requests, p50Ms, p99Ms } = await runLoad(load)
  const after = [await backend.ask<number>('processorTimeUs'), await counters()] as const
  return {
    backendUs: (after[0] - before[0]) / requests,
    redisUs: (after[1].processorTimeUs - before[1].processorTimeUs) / requests,
    bytesIn: (after[1].bytesIn - before[1].bytesIn) / requests,
    bytesOut: (after[1].bytesOut - before[1].bytesOut) / requests,
    p50Ms,
    p99Ms,
  }
}

const noCounters = { processorTimeUs: 0, bytesIn: 0, bytesOut: 0 }

function medianCost(costs: readonly Cost[]): Cost {
  const of = (pick: (cost: Cost) => number): number => medianOf(costs.map(pick))
  return {
    backendUs: of(({ backendUs }) => backendUs),
    redisUs: of(({ redisUs }) => redisUs),
    bytesIn: of(({ bytesIn }) => bytesIn),
    bytesOut: of(({ bytesOut }) => bytesOut),
    p50Ms: of(({ p50Ms }) => p50Ms),
    p99Ms: of(({ p99Ms }) => p99Ms),
  }
}
