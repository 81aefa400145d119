import { type Count, type RaceResult, writesAtOnce } from './races.js'
import { markdownTable } from './table.js'

const measures = [
  ['undoneSignOuts', 'sign-outs undone by a slower request'],
  ['lostWrites', `acknowledged writes lost, of ${writesAtOnce} at once by each user`],
  ['falseSignIns', 'Redis dead: sign-ins reported as success but not stored'],
  ['falseSignOuts', 'Redis dead: sign-outs reported as success but not done'],
] as const

const inWords = ({ wrong, tries }: Count): string => `${wrong} of ${tries}`

export function raceLineOf(result: RaceResult): string {
  const { title, clientName } = result.subject
  return `${title}, ${clientName}: ${measures.map(([name, what]) => `${inWords(result[name])} ${what}`).join('; ')}`
}

/** One row for each measure, one column for each subject. */
export function raceTableOf(results: readonly RaceResult[]): string {
  const head = results.map(({ subject }) => `${subject.title}, ${subject.clientName}`)
  const body = measures.map(([name, what]) => [what, ...results.map((result) => inWords(result[name]))])
  return markdownTable([['', ...head], ...body])
}

/** Whether one of ours did something that must not be. */
export function somethingWrong(result: RaceResult): boolean {
  return result.subject.side !== 'peer' && measures.some(([name]) => result[name].wrong > 0)
}
