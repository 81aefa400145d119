import { ensurePackages } from '../../support/packages.js'
import { findProgram } from '../../support/processes.js'
import { inTurns } from './in-turns.js'
import { brokenPromises } from './promises.js'
import { runScenario, type Result } from './run-scenario.js'
import type { Scenario } from './scenario.js'
import { scenarios } from './scenarios/index.js'
import { ours, peers, type Subject } from './subjects.js'
import { lineOf } from './table.js'

export interface Wanted {
  readonly seed: number
  /** The scenarios of these names; all when empty. */
  readonly only: readonly string[]
  /** Whether the rows of some scenarios take the place of older ones in the documentation. */
  readonly writes: boolean
  /** How many subjects go through a scenario side by side. */
  readonly atOnce: number
}

/** Runs the scenarios one after the other, each with all subjects, and shows how it goes. */
export async function runFaults({ seed, only, atOnce }: Wanted): Promise<readonly Result[]> {
  const names = new Set(scenarios.map(({ name }) => name))
  const unknown = only.filter((name) => !names.has(name))
  if (unknown.length > 0)
    throw new Error(`There is no fault ${unknown.join(', ')}; there are ${[...names].join(', ')}.`)
  await ensurePackages('compatibility')
  const chosen = scenarios.filter(({ name }) => only.length === 0 || only.includes(name))
  if (chosen.some(({ isBalanced }) => isBalanced)) findProgram('haproxy') // what is missing is to be said at once
  const results: Result[] = []
  for (const [index, scenario] of chosen.entries()) {
    console.log(`\n${scenario.name} (${index + 1} of ${chosen.length}): ${scenario.what}`)
    const ofThis = await inTurns(subjectsOf(scenario), atOnce, async (subject) => {
      const result = await runScenario(scenario, subject, seed)
      console.log(`  ${lineOf(result)}`)
      return result
    })
    results.push(...ofThis)
  }
  return results
}

/** Whether all that is promised for ours was so. */
export function allHeld(results: readonly Result[]): boolean {
  return results.every((result) => result.subject.side === 'peer' || brokenPromises(result).length === 0)
}

function subjectsOf({ withPeers = false }: Scenario): readonly Subject[] {
  return withPeers ? [...ours, ...peers] : ours
}
