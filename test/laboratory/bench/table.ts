import { ratioOf, type Line, type Results } from './summary.js'

const columns = [
  'contestant',
  'CPU µs (min–max)',
  'over bare (min–max)',
  'ratio',
  'requests/s',
  'p50 / p99 ms',
  'Redis commands',
  'bytes to / from',
  'Redis CPU µs',
]

/** All figures of one case as a table of Markdown. */
export function tableOf(results: Results, caseId: string): string {
  const { lines } = results.find((each) => each.case.id === caseId)!
  const rows = lines.map((line) => [
    line.contestant.title + (line.disturbed ? ' †' : ''),
    spread(line.processorUs),
    line.contestant.bare === undefined ? '–' : spread(line.overUs),
    showRatio(ratioOf(results, caseId, line.contestant.id)),
    `${Math.round(line.requestsPerSecond)}${line.waited ? ' *' : ''}`,
    `${line.medianMs.toFixed(1)} / ${line.slowMs.toFixed(1)}`,
    line.redisCommands || '–',
    `${Math.round(line.bytesToRedis)} / ${Math.round(line.bytesFromRedis)}`,
    line.redisUs.toFixed(1),
  ])
  return markdown([columns, ...rows])
}

/** What the marks in the tables mean. */
export const marks = [
  '`*` the server waited: for the load, for Redis, or for the processor. Its CPU time per request counts all the same.',
  '`†` other processes took more than 8 % of the core in at least one round, also when it was repeated.',
].join('\n')

/** A table whose columns stand below each other. */
export function markdown([head, ...body]: readonly (readonly string[])[]): string {
  const widths = head!.map((_, column) => Math.max(...[head!, ...body].map((row) => row[column]!.length)))
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  return [line(head!), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n')
}

export function showRatio(ratio: number | undefined): string {
  return ratio === undefined ? '–' : ratio.toFixed(2)
}

function spread({ median, least, most }: Line['processorUs']): string {
  return `${median.toFixed(1)} (${Math.round(least)}–${Math.round(most)})`
}
