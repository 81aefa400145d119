import { readFileSync, writeFileSync } from 'node:fs'

const rowsPage = new URL('../../../benchmarks/faults.md', import.meta.url)
const pages = { summary: new URL('../../../docs/faults.md', import.meta.url), faults: rowsPage, races: rowsPage }

/**
 * Replaces the rows of an earlier run for the same fault, library and client. New rows follow the last row of their fault, or of the
 * fault before it.
 */
export function putRowsIntoPage(table: string): void {
  const lines = readFileSync(rowsPage, 'utf8').split('\n')
  for (const row of table.split('\n').filter(isRow)) {
    const known = lines.findIndex((line) => subjectOf(line) === subjectOf(row))
    if (known >= 0) lines[known] = row
    else lines.splice(lines.findLastIndex((line) => isRow(line) && numberOf(line) <= numberOf(row)) + 1, 0, row)
  }
  writeFileSync(rowsPage, lines.join('\n'))
}

const isRow = (line: string): boolean => line.startsWith('| FT-')

const numberOf = (row: string): number => Number(/\d+/.exec(row)?.[0])

const subjectOf = (row: string): string =>
  row
    .split('|')
    .slice(1, 5)
    .map((cell) => cell.trim())
    .join('|')

/** Replaces everything between the two markers of that name. */
export function putIntoPage(name: keyof typeof pages, text: string): void {
  const page = pages[name]
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`]
  const old = readFileSync(page, 'utf8')
  const [before, rest] = old.split(begin)
  const after = rest?.split(end)[1]
  if (after === undefined) throw new Error(`${page.pathname} lacks the markers of "${name}".`)
  writeFileSync(page, `${before}${begin}\n\n${text}\n\n${end}${after}`)
}
