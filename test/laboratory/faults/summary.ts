import type { RaceResult } from './races.js'
import type { Result } from './run-scenario.js'
import type { Subject } from './subjects.js'
import { markdownTable, ms } from './table.js'

/** All runs of one library. */
interface Findings {
  readonly results: readonly Result[]
  readonly races: readonly RaceResult[]
}

const during = ({ results }: Findings, name: string): readonly Result[] =>
  results.filter(({ scenario }) => scenario.name === name)

const sum = <Item>(items: readonly Item[], count: (item: Item) => number): number =>
  items.reduce((total, item) => total + count(item), 0)

/** The slowest over all clients. */
function slowest(results: readonly Result[]): string {
  const unanswered = sum(results, ({ wrongs }) => wrongs.unanswered)
  if (unanswered > 0) return `none in 8 s, ${unanswered} times`
  return `${ms(Math.max(...results.map(({ latency }) => latency.slowest)))}, all answered`
}

function recovery(results: readonly Result[]): string {
  const times = results.map(({ recoveryMs }) => recoveryMs)
  const known = times.filter((time) => time !== undefined)
  return known.length < times.length ? 'not in 4 s' : ms(Math.max(...known))
}

const raced = ({ races }: Findings, name: 'undoneSignOuts' | 'lostWrites' | 'falseSignIns' | 'falseSignOuts'): string =>
  `${sum(races, (race) => race[name].wrong)} of ${sum(races, (race) => race[name].tries)}`

const questions: readonly (readonly [what: string, answer: (findings: Findings) => string])[] = [
  ['Redis hangs for 10 s: slowest answer', (found) => slowest(during(found, 'FT-5'))],
  ['Redis hangs for 10 s: recovered within', (found) => recovery(during(found, 'FT-5'))],
  ['Redis is killed and back after 2 s: recovered within', (found) => recovery(during(found, 'FT-1'))],
  [
    'kill -9 and restart with AOF: acknowledged writes lost',
    (found) => String(sum(during(found, 'FT-1'), ({ wrongs }) => wrongs['lost writes'])),
  ],
  ['Redis dead: sign-ins reported as success but not stored', (found) => raced(found, 'falseSignIns')],
  ['Redis dead: sign-outs reported as success but not done', (found) => raced(found, 'falseSignOuts')],
  ['sign-outs undone by a slower request', (found) => raced(found, 'undoneSignOuts')],
  ['parallel writes lost', (found) => raced(found, 'lostWrites')],
  [
    "another visitor's session served, in all faults",
    ({ results }) => String(sum(results, ({ wrongs }) => wrongs['foreign sessions'])),
  ],
]

/** The most important questions, with the worst result of each library over all its clients. */
export function summaryOf(results: readonly Result[], races: readonly RaceResult[]): string {
  const titles = [...new Set(races.map(({ subject }) => subject.title))].reverse()
  const findings = titles.map((title): Findings => {
    const isIts = ({ subject }: { readonly subject: Subject }): boolean => subject.title === title
    return { results: results.filter(isIts), races: races.filter(isIts) }
  })
  const body = questions.map(([what, answer]) => [what, ...findings.map((each) => answer(each))])
  return markdownTable([['', ...titles], ...body])
}
