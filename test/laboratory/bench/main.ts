import { resolve } from 'node:path'
import { compile } from '../../support/commands.js'
import { ensurePackages } from '../../support/packages.js'
import { startRedis, type RedisServer } from '../../support/servers/redis.js'
import type { Case } from './cases.js'
import { chooseCases, chooseContestants, takingPart } from './choice.js'
import { moveToCoreOfLoad } from './cores.js'
import { full, quick, type Plan } from './plans.js'
import { profile } from './profile.js'
import { tell } from './progress.js'
import { finalTables } from './ratio-table.js'
import { write } from './report.js'
import { measureCase } from './rounds.js'
import { summarise, type Results } from './summary.js'
import { marks, tableOf } from './table.js'

export interface Wanted {
  /** Ids of contestants and of cases; those of the plan if there are none. */
  readonly only: readonly string[]
  readonly cases: readonly string[]
  readonly rounds: number | undefined
  /** Less of everything, in two minutes. */
  readonly isQuick: boolean
  /** Makes a profile of one contestant in one case, instead of measuring. */
  readonly profiles: boolean
  /** The folder of another build of Sessera, which is measured beside this one. */
  readonly otherBuild: string | undefined
  /** Puts the tables and the chart into the documentation. */
  readonly writes: boolean
}

/** All that `npm run bench` does. Whether every contestant answered as it should. */
export async function main(wanted: Wanted): Promise<boolean> {
  const plan = planFor(wanted)
  const contestants = chooseContestants(plan.contestants, wanted.otherBuild && resolve(wanted.otherBuild))
  const cases = chooseCases(plan.cases)
  await prepare()
  const redis = await startRedis()
  try {
    if (wanted.profiles) {
      const contestant = contestants.findLast(({ bare }) => bare !== undefined) ?? contestants[0]!
      console.log(await profile(contestant, cases[0]!, plan.extent, redis))
      return true
    }
    const description = plan.describe(plan.extent)
    console.log(description)
    const { results, hasFailures } = await measure(cases, contestants, plan, redis)
    console.log(`\n${finalTables(results)}\n\n${marks}`)
    if (wanted.writes) write(results, description)
    return !hasFailures
  } finally {
    await redis.stop()
  }
}

function planFor({ only, cases, rounds, isQuick, profiles }: Wanted): Plan {
  const plan = isQuick ? quick : full
  const extent = { ...plan.extent, ...(rounds !== undefined && { rounds }) }
  return {
    ...plan,
    extent,
    contestants: only.length > 0 ? only : profiles ? ['native'] : plan.contestants,
    cases: cases.length > 0 ? cases : profiles ? ['read'] : plan.cases,
  }
}

async function prepare(): Promise<void> {
  await ensurePackages('laboratory/bench')
  const { ok, output } = await compile()
  if (!ok) throw new Error(output)
  if (!moveToCoreOfLoad()) console.log('Without taskset or a second core, servers and load share the processor.')
}

async function measure(
  cases: readonly Case[],
  contestants: ReturnType<typeof chooseContestants>,
  { extent }: Plan,
  redis: RedisServer,
): Promise<{ results: Results; hasFailures: boolean }> {
  const results: Results[number][] = []
  let hasFailures = false
  for (const [index, each] of cases.entries()) {
    const progress = (text: string): void => tell(`${index + 1} of ${cases.length} cases: ${text}`)
    const { measured, failures } = await measureCase(each, takingPart(contestants, each), extent, redis, progress)
    results.push({ case: each, lines: summarise(measured) })
    tell('')
    console.log(`\n${each.title}\n\n${tableOf(results, each.id)}`)
    for (const [id, failure] of failures) console.error(`${id} is left out: ${failure}`)
    hasFailures ||= failures.size > 0
  }
  return { results, hasFailures }
}
