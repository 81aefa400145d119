import { cases, type Size } from './cases.js'
import { loadSides } from './sides.js'

export interface Row {
  readonly title: string
  readonly formerly: string
  readonly ours: string
}

/** Puts both pairs under the same stress, one case after the other. `tell` is called with each row. */
export async function compareUnderStress(size: Size, tell: (row: Row) => void = () => {}): Promise<readonly Row[]> {
  const [formerly, ours] = await loadSides()
  const rows: Row[] = []
  for (const { title, run } of cases) {
    const row = { title, formerly: await run(formerly, size), ours: await run(ours, size) }
    rows.push(row)
    tell(row)
  }
  return rows
}

/** The rows as a table of Markdown. */
export function tableOf(rows: readonly Row[]): string {
  const lines = rows.map(({ title, formerly, ours }) => `| ${title} | ${formerly} | ${ours} |`)
  return ['| case | express-session + connect-redis | Sessera |', '| --- | --- | --- |', ...lines].join('\n')
}
