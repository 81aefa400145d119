import { readFileSync, writeFileSync } from 'node:fs'

const page = new URL('../../docs/faults.md', import.meta.url)

/** Puts text between two markers of docs/faults.md: what stands there is what the command printed, and nothing else. */
export function putIntoPage(name: string, text: string): void {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`]
  const old = readFileSync(page, 'utf8')
  const [before, rest] = old.split(begin)
  const after = rest?.split(end)[1]
  if (after === undefined) throw new Error(`docs/faults.md lacks the markers of "${name}".`)
  writeFileSync(page, `${before}${begin}\n\n${text}\n\n${end}${after}`)
}
