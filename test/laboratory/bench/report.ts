import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { contestants } from './contestants.js'
import { draw } from './chart.js'
import { frameworkTable, memoryTable, ratioTable, redisTable, sharedTable } from './ratio-table.js'
import { lineOf, type Results } from './summary.js'
import { marks, tableOf } from './table.js'

const root = new URL('../../../', import.meta.url)
const page = fileURLToPath(new URL('docs/benchmarks.md', root))

/** Puts the results into docs/benchmarks.md, and with the pair, by which most are told, all figures and the chart into benchmarks/. */
export function write(results: Results, description: string): void {
  const ratios = ratioTable(results)
  putIntoPage('shared', sharedTable(results))
  putIntoPage('frameworks', frameworkTable(results))
  putIntoPage('memory', memoryTable(results))
  if (ratios === undefined) return
  const where = `${machine()} ${description}\n\n${noiseIn(results)}`
  putIntoPage('conditions', where)
  putIntoPage('ratios', ratios)
  putIntoPage('redis', redisTable(results))
  writeFileSync(fileURLToPath(new URL('benchmarks/bench.svg', root)), draw(results))
  const parts = results.map((each) => `## ${each.case.title}\n\n${tableOf(results, each.case.id)}`)
  const head = `# Benchmarks: all figures\n\nWritten by \`npm run bench -- --write\`. What they mean: [benchmarks](../docs/benchmarks.md).`
  const leftOut = contestants.flatMap(({ title, reason }) => (reason === undefined ? [] : [`- ${title}: ${reason}.`]))
  const explained = marks.split('\n').map((mark) => `- ${mark}`)
  const all = [head, where, explained.join('\n'), ...parts, `## Why some have not every case\n\n${leftOut.join('\n')}`]
  writeFileSync(fileURLToPath(new URL('benchmarks/bench.md', root)), `${all.join('\n\n')}\n`)
}

/** What was not measured stays as it is. */
function putIntoPage(place: string, text: string | undefined): void {
  if (text === undefined) return
  const pattern = new RegExp(`(?<=<!-- ${place}: begin -->\n)[^]*(?=<!-- ${place}: end -->)`)
  const old = readFileSync(page, 'utf8')
  if (!pattern.test(old)) throw new Error(`${page} lacks the markers of "${place}".`)
  writeFileSync(
    page,
    old.replace(pattern, () => `\n${text}\n\n`),
  )
}

function machine(): string {
  const model = cpus()[0]?.model.trim() || 'processor unknown'
  return `Node ${process.version}, ${cpus().length} processors (${model}), Redis on the same machine.`
}

/** How much two measurements of the same differ, those of Express alone, and what the load itself costs. */
function noiseIn(results: Results): string {
  const differences = results.flatMap((each) => {
    const [one, other] = ['bare', 'bare-again'].map((id) => lineOf(results, each.case.id, id)?.processorUs.median)
    return one === undefined || other === undefined ? [] : [Math.abs(one - other) / Math.min(one, other)]
  })
  const most = `${Math.round(Math.max(0, ...differences) * 100)} %`
  const loadUs = Math.min(...results.flatMap(({ lines }) => lines.map((line) => line.loadUs)))
  const limit = `${Math.floor(1000 / loadUs)},000`
  return [
    `Express alone is measured twice in each case; the two differed by ${most} at most.`,
    `The load takes ${Math.round(loadUs)} µs of its own core per request at best, so it can send ${limit} requests a second.`,
  ].join(' ')
}
