/** What is measured: a library on a framework, or a framework alone. */
export interface Contestant {
  readonly id: string
  readonly title: string
  /** The file in contestants/, and its name there. */
  readonly module: string
  readonly name: string
  /** The id of the framework alone, whose cost is subtracted. `undefined` for the framework itself. */
  readonly bare?: string
  /** The cases that it does not have, each with the reason. */
  readonly without: Readonly<Record<string, string>>
  /** A folder with another build of Sessera than this one's. */
  readonly sessera?: string
}

const onExpress = { module: 'express.mjs', bare: 'bare', without: {} }
const onHttp = { module: 'node-http.mjs', bare: 'http-bare', without: {} }

const all: readonly Omit<Contestant, 'name'>[] = [
  { id: 'bare', title: 'bare Express 5', module: 'express.mjs', without: {} },
  { ...onExpress, id: 'pair', title: 'express-session + connect-redis 10, node-redis 6' },
  { ...onExpress, id: 'pair-tuned', title: 'the same without command timeout and touch' },
  { ...onExpress, id: 'pair-ioredis', title: 'express-session + connect-redis 8, ioredis 6' },
  { ...onExpress, id: 'native', title: 'Sessera, node-redis 6' },
  { ...onExpress, id: 'native-ioredis', title: 'Sessera, ioredis 6' },
  { ...onExpress, id: 'drop-in', title: 'Sessera as a drop-in, node-redis 6' },
  { ...onExpress, id: 'drop-in-ioredis', title: 'Sessera as a drop-in, ioredis 6' },
  { id: 'http-bare', title: 'bare node:http', module: 'node-http.mjs', without: {} },
  { ...onHttp, id: 'http-native', title: 'Sessera, node-redis 6' },
  { ...onHttp, id: 'http-memory-express-session', title: 'express-session, its memory store' },
  { ...onHttp, id: 'http-memory-native', title: 'Sessera, its memory store' },
]

/** Everything that can be measured, in the order of the table. */
export const contestants: readonly Contestant[] = all.map((each) => ({ name: each.id, ...each }))

/** The wanted contestants, each preceded by its framework alone; that of Express twice, which shows the noise. */
export function choose(ids: readonly string[], before: string | undefined): readonly Contestant[] {
  const unknown = ids.filter((id) => !contestants.some((each) => each.id === id))
  if (unknown.length > 0) throw new Error(`no contestant ${unknown.join(', ')}; there are: ${idsOf(contestants)}`)
  const wanted = contestants.filter(({ id }) => ids.length === 0 || ids.includes(id))
  const bares = contestants.filter(({ id }) => wanted.some((each) => each.bare === id) || ids.includes(id))
  const rest = wanted.filter(({ bare }) => bare !== undefined)
  return [
    ...bares.filter(({ bare }) => bare === undefined),
    ...bares
      .filter(({ id }) => id === 'bare')
      .map((each) => ({ ...each, id: 'bare-again', title: `${each.title}, again` })),
    ...rest.flatMap((each) => (before !== undefined && usesSessera(each) ? [olderBuild(each, before), each] : [each])),
  ]
}

function olderBuild(contestant: Contestant, sessera: string): Contestant {
  return { ...contestant, id: `${contestant.id}-before`, title: `${contestant.title}, other build`, sessera }
}

function usesSessera({ id }: Contestant): boolean {
  return /native|drop-in/.test(id)
}

function idsOf(some: readonly Contestant[]): string {
  return some.map(({ id }) => id).join(', ')
}
