import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { inTurns } from './in-turns.js'
import { raceLineOf, raceTableOf, somethingWrong } from './race-table.js'
import { type Extent, measureRaces } from './races.js'
import { putIntoPage, putRowsIntoPage } from './report.js'
import { allHeld, runFaults, type Wanted } from './run.js'
import { drawOutages } from './show.js'
import { ours, peers } from './subjects.js'
import { summaryOf } from './summary.js'
import { tableOf } from './table.js'

const extent: Extent = { signOuts: 1000, writers: 250, visitsWhileDown: 100 }

/** All that `npm run faults` does. Whether every promise held. */
export async function main(wanted: Wanted): Promise<boolean> {
  const { seed, only, atOnce } = wanted
  const results = await runFaults(wanted)
  console.log(`\n${tableOf(results)}`)
  if (only.length > 0) {
    if (wanted.writes) putRowsIntoPage(tableOf(results))
    return allHeld(results)
  }

  console.log('\nRaces, and what is said while Redis is dead:')
  const races = await inTurns([...ours, ...peers], atOnce, async (subject) => {
    const result = await measureRaces(subject, extent, seed)
    console.log(`  ${raceLineOf(result)}`)
    return result
  })
  const summary = summaryOf(results, races)
  console.log(`\n${raceTableOf(races)}\n\n${summary}\n\nDrawing benchmarks/faults.svg.`)
  const picture = await drawOutages([ours[0]!, ours[2]!, peers[0]!], seed)
  writeFileSync(fileURLToPath(new URL('../../../benchmarks/faults.svg', import.meta.url)), picture)
  const place = `Seed ${seed}, ${atOnce} at once, on Node ${process.version} and ${availableParallelism()} processors.`
  putIntoPage('faults', `${place}\n\n${tableOf(results)}`)
  putIntoPage('races', raceTableOf(races))
  putIntoPage('summary', summary)
  return allHeld(results) && !races.some(somethingWrong)
}
