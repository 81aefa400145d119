import { brokenPromises } from './promises.js'
import type { Result } from './run-scenario.js'
import { type Kind, type Outcome, outcomeOf } from './history.js'
import { latencyOf, shareDone, startedBetween } from './timing.js'

const columns: readonly (readonly [head: string, cell: (result: Result) => string])[] = [
  ['', ({ scenario }) => scenario.name],
  ['what happens', ({ scenario }) => scenario.what],
  ['library', ({ subject }) => subject.title],
  ['client', ({ subject }) => subject.clientName],
  ['requests', ({ history }) => String(history.length)],
  ['served meanwhile', ({ shareDuring }) => percent(shareDuring)],
  ['slowest answer', ({ latency }) => ms(latency.slowest)],
  ['no answer in 8 s', ({ wrongs }) => String(wrongs.unanswered)],
  ['well again after', ({ recoveryMs }) => (recoveryMs === undefined ? 'not in 4 s' : ms(recoveryMs))],
  ['writes lost', ({ wrongs }) => String(wrongs['lost writes'])],
  ['sessions lost', ({ wrongs }) => String(wrongs['lost sessions'])],
  ["another's session", ({ wrongs }) => String(wrongs['foreign sessions'])],
  ['sign-outs undone', ({ wrongs }) => String(wrongs['undone sign-outs'])],
  ['false sign-ins', ({ wrongs }) => String(wrongs['false sign-ins'])],
  ['status 500', ({ wrongs }) => String(wrongs['other statuses'])],
  ['machine late by', ({ loopDelayMs }) => ms(loopDelayMs)],
  ['and', (result) => result.scenario.detail?.(result) ?? result.observed?.inWords ?? ''],
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

/** What happened, in one line, for whoever watches. */
export function lineOf(result: Result): string {
  const { subject, shareDuring, latency, recoveryMs } = result
  const parts = [
    `${subject.title}, ${subject.clientName}:`,
    `${percent(shareDuring)} served meanwhile, slowest ${ms(latency.slowest)},`,
    recoveryMs === undefined ? 'not well again,' : `well again after ${ms(recoveryMs)},`,
    subject.side === 'peer' ? wrongsOf(result) : verdictOf(result).replace(/^yes$/, 'as promised').replaceAll('*', ''),
  ]
  return parts.join(' ')
}

function wrongsOf({ wrongs }: Result): string {
  const counts = Object.entries(wrongs).filter(([, count]) => count > 0)
  return counts.length === 0 ? 'nothing wrong' : counts.map(([wrong, count]) => `${count} ${wrong}`).join(', ')
}

/** How much was served while the fault lasted, by what was asked for. */
export function servedByKind({ history, brokenAt, healedAt }: Result): Record<Kind, number> {
  const during = startedBetween(history, brokenAt, healedAt)
  const share = (kind: Kind): number => shareDone(during.filter((operation) => operation.kind === kind))
  return {
    'sign-in': share('sign-in'),
    read: share('read'),
    add: share('add'),
    rotate: share('rotate'),
    'sign-out': share('sign-out'),
  }
}

export function servedInWords(result: Result): string {
  const served = Object.entries(servedByKind(result)).map(([kind, share]) => `${kind} ${percent(share)}`)
  return `served: ${served.join(', ')}`
}

function percent(share: number): string {
  return `${share > 0.99 && share < 1 ? (share * 100).toFixed(1) : Math.round(share * 100)} %`
}

export function ms(value: number): string {
  return `${Math.round(value)} ms`
}

/** How long answers took while the fault lasted, and how many of them were refusals without asking. */
export function latencyInWords({ history, brokenAt, healedAt }: Result): string {
  const during = startedBetween(history, brokenAt, healedAt)
  const { p50, p99 } = latencyOf(during)
  const atOnce = during.filter(({ status, startedAt, endedAt }) => status === 503 && endedAt - startedAt < 50)
  return `p50 ${ms(p50)}, p99 ${ms(p99)}; ${atOnce.length} of ${during.length} refused within 50 ms`
}

/** What became of the requests while the fault lasted. */
export function outcomesInWords({ history, brokenAt, healedAt }: Result): string {
  const outcomes = startedBetween(history, brokenAt, healedAt).map((operation) => outcomeOf(operation))
  const count = (wanted: Outcome): number => outcomes.filter((outcome) => outcome === wanted).length
  return `${count('ok')} done, ${count('refused')} refused, ${count('unknown')} unknown`
}

export function connectionsInWords({ connections }: Result): string {
  return `${connections} connections were made`
}
