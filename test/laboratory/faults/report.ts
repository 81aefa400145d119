import { readFileSync, writeFileSync } from 'node:fs'

const page = new URL('../../../docs/faults.md', import.meta.url)

/**
 * Puts the rows of a table in the place of those about the same, which an earlier run has left: what, with which library and client.
 * New ones come behind the last row that their fault, or the one before it, has.
 */
export function putRowsIntoPage(table: string): void {
  const lines = readFileSync(page, 'utf8').split('\n')
  for (const row of table.split('\n').filter(isRow)) {
    const known = lines.findIndex((line) => subjectOf(line) === subjectOf(row))
    if (known >= 0) lines[known] = row
    else lines.splice(lines.findLastIndex((line) => isRow(line) && numberOf(line) <= numberOf(row)) + 1, 0, row)
  }
  writeFileSync(page, lines.join('\n'))
}

const isRow = (line: string): boolean => line.startsWith('| FT-')

const numberOf = (row: string): number => Number(/\d+/.exec(row)?.[0])

const subjectOf = (row: string): string =>
  row
    .split('|')
    .slice(1, 5)
    .map((cell) => cell.trim())
    .join('|')

/** Puts text between two markers of docs/faults.md: what stands there is what the command printed, and nothing else. */
export function putIntoPage(name: string, text: string): void {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`]
  const old = readFileSync(page, 'utf8')
  const [before, rest] = old.split(begin)
  const after = rest?.split(end)[1]
  if (after === undefined) throw new Error(`docs/faults.md lacks the markers of "${name}".`)
  writeFileSync(page, `${before}${begin}\n\n${text}\n\n${end}${after}`)
}
