import type { Line } from './summary.js'

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

/** The figures of one case as a table of Markdown. */
export function tableOf(lines: readonly Line[]): string {
  const rows = lines.map((line) => [
    line.title,
    spread(line.processorUs),
    line.bare === undefined ? '–' : spread(line.overUs),
    line.ratio === undefined ? '–' : line.ratio.toFixed(2),
    `${Math.round(line.requestsPerSecond)}${line.waited ? ' *' : ''}`,
    `${line.medianMs.toFixed(1)} / ${line.slowMs.toFixed(1)}`,
    line.redisCommands || '–',
    `${Math.round(line.bytesToRedis)} / ${Math.round(line.bytesFromRedis)}`,
    line.redisUs.toFixed(1),
  ])
  return markdown([columns, ...rows])
}

/** A table whose columns stand below each other. */
export function markdown([head, ...body]: readonly (readonly string[])[]): string {
  const widths = head!.map((_, column) => Math.max(...[head!, ...body].map((row) => row[column]!.length)))
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  return [line(head!), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n')
}

function spread({ median, least, most }: Line['processorUs']): string {
  return `${median.toFixed(1)} (${Math.round(least)}–${Math.round(most)})`
}
