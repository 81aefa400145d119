import { brokenPromises } from './promises.js'
import type { Result } from './run-scenario.js'

const columns: readonly (readonly [head: string, cell: (result: Result) => string])[] = [
  ['', ({ scenario }) => scenario.name],
  ['what happens', ({ scenario }) => scenario.what],
  ['library', ({ subject }) => subject.title],
  ['client', ({ subject }) => subject.clientName],
  ['requests', ({ history }) => String(history.length)],
  ['served meanwhile', ({ shareDuring }) => percent(shareDuring)],
  ['slowest answer', ({ latency }) => ms(latency.slowest)],
  ['no answer in 8 s', ({ wrongs }) => String(wrongs.unanswered)],
  ['recovered after', ({ recoveryMs }) => (recoveryMs === undefined ? 'not in 4 s' : ms(recoveryMs))],
  ['writes lost', ({ wrongs }) => String(wrongs['lost writes'])],
  ['sessions lost', ({ wrongs }) => String(wrongs['lost sessions'])],
  ["another's session", ({ wrongs }) => String(wrongs['foreign sessions'])],
  ['sign-outs undone', ({ wrongs }) => String(wrongs['undone sign-outs'])],
  ['false sign-ins', ({ wrongs }) => String(wrongs['false sign-ins'])],
  ['status 500', ({ wrongs }) => String(wrongs['other statuses'])],
  ['machine delay', ({ loopDelayMs }) => ms(loopDelayMs)],
  ['details', (result) => [result.observed?.inWords ?? [], result.scenario.detail?.(result) ?? []].flat().join('; ')],
  ['as promised', verdictOf],
]

function verdictOf(result: Result): string {
  if (result.subject.side === 'peer') return '–'
  const broken = brokenPromises(result)
  return broken.length === 0 ? 'yes' : `**no**: ${broken.join(', ')}`
}

/** One row for each result, in Markdown. */
export function tableOf(results: readonly Result[]): string {
  const body = results.map((result) => columns.map(([, cell]) => cell(result)))
  return markdownTable([columns.map(([head]) => head), ...body])
}

/** The first line is the head. */
export function markdownTable(lines: readonly (readonly string[])[]): string {
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length), 3))
  const [head, ...body] = lines.map(
    (line) => `| ${line.map((text, column) => text.padEnd(widths[column]!)).join(' | ')} |`,
  )
  return [head, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body].join('\n')
}

/** What happened, in one line, for the console. */
export function lineOf(result: Result): string {
  const { subject, shareDuring, latency, recoveryMs } = result
  const parts = [
    `${subject.title}, ${subject.clientName}:`,
    `${percent(shareDuring)} served meanwhile, slowest ${ms(latency.slowest)},`,
    recoveryMs === undefined ? 'not recovered,' : `recovered after ${ms(recoveryMs)},`,
    subject.side === 'peer' ? wrongsOf(result) : verdictOf(result).replace(/^yes$/, 'as promised').replaceAll('*', ''),
  ]
  return parts.join(' ')
}

function wrongsOf({ wrongs }: Result): string {
  const counts = Object.entries(wrongs).filter(([, count]) => count > 0)
  return counts.length === 0 ? 'nothing wrong' : counts.map(([wrong, count]) => `${count} ${wrong}`).join(', ')
}

export function percent(share: number): string {
  return `${share > 0.99 && share < 1 ? (share * 100).toFixed(1) : Math.round(share * 100)} %`
}

export function ms(value: number): string {
  return `${Math.round(value)} ms`
}
