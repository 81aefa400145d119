import { readFileSync, writeFileSync } from 'node:fs'

const page = new URL('../../docs/faults.md', import.meta.url)

/** Puts the rows of a table in the place of those about the same, which an earlier run has left: what, with which library and client. */
export function putRowsIntoPage(table: string): void {
  const subjectOf = (line: string): string =>
    line
      .split('|')
      .slice(1, 5)
      .map((cell) => cell.trim())
      .join('|')
  const rows = new Map(table.split('\n').map((line) => [subjectOf(line), line]))
  const lines = readFileSync(page, 'utf8').split('\n')
  writeFileSync(
    page,
    lines.map((line) => (line.startsWith('| FT-') ? (rows.get(subjectOf(line)) ?? line) : line)).join('\n'),
  )
}

/** Puts text between two markers of docs/faults.md: what stands there is what the command printed, and nothing else. */
export function putIntoPage(name: string, text: string): void {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`]
  const old = readFileSync(page, 'utf8')
  const [before, rest] = old.split(begin)
  const after = rest?.split(end)[1]
  if (after === undefined) throw new Error(`docs/faults.md lacks the markers of "${name}".`)
  writeFileSync(page, `${before}${begin}\n\n${text}\n\n${end}${after}`)
}
