import type { RedisServer } from '../../support/servers/redis.js'
import type { Case } from './cases.js'
import { startContestant, type ContestantProcess } from './contestant-process.js'
import type { Contestant } from './contestants.js'
import { connectionCount, openLoad, type Load } from './load.js'
import { measureRound, type Round } from './measure-round.js'
import { makeVisitors } from './visitors.js'

/** How long and how often is measured. */
export interface Extent {
  /** How often each contestant is started. Two processes that do the same differ by some microseconds, for as long as they run. */
  readonly starts: number
  /** After each start. */
  readonly rounds: number
  readonly roundMs: number
  /** Requests before the first round, so that V8 has compiled what it will. */
  readonly warmUp: number
  /** Sessions in the store. */
  readonly visitors: number
  /** How often a round is measured at most, if other processes disturb it. */
  readonly tries: number
  /** After so long no further round of a case begins, from the third one on. */
  readonly budgetMs: number
}

/** One contestant's rounds of a case. */
export interface Measured {
  readonly contestant: Contestant
  readonly rounds: readonly Round[]
}

export interface MeasuredCase {
  readonly measured: readonly Measured[]
  /** What went wrong, by contestant: those are left out. */
  readonly failures: ReadonlyMap<string, string>
}

/** A contestant that is ready to be measured. */
export interface Entry {
  readonly contestant: Contestant
  readonly server: ContestantProcess
  readonly load: Load
}

/** Measures the contestants in turns, several times from their start on. */
export async function measureCase(
  wanted: Case,
  contestants: readonly Contestant[],
  extent: Extent,
  redis: RedisServer,
  tell: (progress: string) => void,
): Promise<MeasuredCase> {
  const failures = new Map<string, string>()
  const all = contestants.map((contestant) => ({ contestant, rounds: [] as Round[] }))
  const withoutFailed = (): typeof all => all.filter(({ contestant: { id } }) => !failures.has(id))
  for (let start = 1; start <= extent.starts; start++) {
    const progress = (text: string): void => tell(`${wanted.title}: start ${start} of ${extent.starts}: ${text}`)
    await measureStart(wanted, withoutFailed(), extent, redis, failures, progress)
  }
  return { measured: withoutFailed(), failures }
}

/** Starts the contestants, adds to their rounds, and stops them. Those that fail are added to `failures`. */
async function measureStart(
  wanted: Case,
  contestants: readonly { readonly contestant: Contestant; readonly rounds: Round[] }[],
  extent: Extent,
  redis: RedisServer,
  failures: Map<string, string>,
  tell: (progress: string) => void,
): Promise<void> {
  const started = performance.now()
  const isOver = (round: number): boolean => round > 2 && performance.now() - started > extent.budgetMs
  const entries: (Entry & { rounds: Round[] })[] = []
  const attempt = async (what: string, { id }: Contestant, step: () => Promise<void>): Promise<void> => {
    tell(`${what}, ${id}`)
    await step().catch((error: unknown) => failures.set(id, String(error)))
  }
  try {
    for (const { contestant, rounds } of contestants) {
      await attempt('warming up', contestant, async () => {
        entries.push({ ...(await enter(contestant, wanted, extent, redis)), rounds })
      })
    }
    for (let round = 1; round <= extent.rounds && !isOver(round); round++) {
      // Back and forth, so that nobody always comes after the same one.
      for (const entry of round % 2 === 0 ? entries.toReversed() : entries) {
        if (failures.has(entry.contestant.id)) continue
        await attempt(`round ${round} of ${extent.rounds}`, entry.contestant, async () => {
          entry.rounds.push(await measureUndisturbed(entry, wanted, extent, redis))
        })
      }
    }
  } finally {
    for (const entry of entries) await leave(entry)
    await redis.command('FLUSHALL')
  }
}

/** Starts a contestant, gives it its sessions, and warms it up. */
export async function enter(contestant: Contestant, wanted: Case, extent: Extent, redis: RedisServer): Promise<Entry> {
  const server = await startContestant(contestant, redis.url)
  try {
    const count = wanted.visitors === 'shared' ? connectionCount : extent.visitors
    const visitors = await makeVisitors(server.port, contestant, wanted, count)
    const load = await openLoad(server.port, contestant, wanted, visitors)
    await load.send(wanted.isSlow ? extent.warmUp / 5 : extent.warmUp)
    return { contestant, server, load }
  } catch (error) {
    await server.stop()
    throw error
  }
}

export async function leave({ load, server }: Entry): Promise<void> {
  load.close()
  await server.stop()
}

const foreignAtMost = 0.08

/** A round in which no other process took much of the server's core, or the least disturbed of several. */
async function measureUndisturbed(entry: Entry, { isSlow }: Case, extent: Extent, redis: RedisServer): Promise<Round> {
  const rounds: Round[] = []
  const ms = isSlow ? extent.roundMs * 3 : extent.roundMs
  do {
    await entry.load.send(isSlow ? 60 : 300) // it has idled while others were measured
    rounds.push(await measureRound(entry.server, entry.load, ms, redis))
  } while (rounds.at(-1)!.foreign > foreignAtMost && rounds.length < extent.tries)
  return rounds.reduce((best, round) => (round.foreign < best.foreign ? round : best))
}
