import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { compile } from '../../support/commands.js'
import { ensurePackages } from '../../support/packages.js'
import { startRedis, type RedisServer } from '../../support/servers/redis.js'
import { cases, type Case } from './cases.js'
import { choose, type Contestant } from './contestants.js'
import { moveToCoreOfLoad } from './cores.js'
import { describeProfile } from './profile.js'
import { enter, measureCase, type Extent } from './rounds.js'
import { summarise } from './summary.js'
import { tableOf } from './table.js'

export interface Wanted {
  /** Ids of contestants; all of them if there is none. */
  readonly only: readonly string[]
  readonly cases: readonly string[]
  readonly rounds: number | undefined
  /** Makes a profile of the first contestant in the first case, instead of measuring. */
  readonly profiles: boolean
  /** The folder of another build of Sessera, which is measured beside this one. */
  readonly before: string | undefined
}

const full: Extent = { rounds: 7, roundMs: 1000, warmUp: 15_000, visitors: 1024 }

/** All that `npm run bench` does. */
export async function main(wanted: Wanted): Promise<void> {
  await prepare()
  const chosen = choose(wanted.only, wanted.before && resolve(wanted.before))
  const wantedCases = chooseCases(wanted.cases)
  const redis = await startRedis()
  try {
    if (wanted.profiles) return await profile(chosen, wantedCases[0]!, redis)
    const extent = { ...full, rounds: wanted.rounds ?? full.rounds }
    for (const each of wantedCases) {
      const measured = await measureCase(each, chosen, extent, redis, tell)
      tell('')
      console.log(`\n${each.title}\n\n${tableOf(summarise(measured))}`)
    }
  } finally {
    await redis.stop()
  }
}

async function prepare(): Promise<void> {
  await ensurePackages('laboratory/bench')
  const { ok, output } = await compile()
  if (!ok) throw new Error(output)
  if (!moveToCoreOfLoad()) console.log('There is no taskset, or one core only: servers and load share the processor.')
}

function chooseCases(ids: readonly string[]): readonly Case[] {
  const unknown = ids.filter((id) => !cases.some((each) => each.id === id))
  const known = cases.map(({ id }) => id).join(', ')
  if (unknown.length > 0) throw new Error(`no case ${unknown.join(', ')}; there are: ${known}`)
  return cases.filter(({ id }) => ids.length === 0 || ids.includes(id))
}

async function profile(chosen: readonly Contestant[], wanted: Case, redis: RedisServer): Promise<void> {
  const contestant = chosen.findLast(({ bare }) => bare !== undefined) ?? chosen[0]!
  const { server, load } = await enter(contestant, wanted, full, redis)
  mkdirSync('build/bench', { recursive: true })
  const path = resolve(`build/bench/${contestant.id}-${wanted.id}.cpuprofile`)
  await server.startProfile()
  const { requests } = await load.sendFor(5000)
  await server.stopProfile(path)
  load.close()
  await server.stop()
  console.log(`${contestant.title}: ${wanted.title}\n${describeProfile(path, requests)}\n\nThe whole profile: ${path}`)
}

/** One line that is written anew, on a terminal. */
function tell(progress: string): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\u001B[K${progress}`)
}
