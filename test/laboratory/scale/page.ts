import { readFileSync, writeFileSync } from 'node:fs'

const path = new URL('../../../docs/scale.md', import.meta.url)

/** What the page has between markers. */
export const sections = [
  'storage',
  'traffic',
  'memory',
  'costs',
  'cluster',
  'connections',
  'compression',
  'machine',
] as const
export type Sections = Readonly<Record<(typeof sections)[number], string>>

export function readPage(): string {
  return readFileSync(path, 'utf8')
}

/** The page with these sections in place of what is between their markers. */
export function withSections(page: string, texts: Sections): string {
  return sections.reduce((text, name) => {
    const [begin, end] = markersOf(name)
    const [before, rest] = text.split(begin)
    const after = rest?.split(end)[1]
    if (after === undefined) throw new Error(`docs/scale.md lacks the markers of "${name}".`)
    return `${before}${begin}\n\n${texts[name]}\n\n${end}${after}`
  }, page)
}

/** What the page has in a section. */
export function sectionOf(page: string, name: keyof Sections): string | undefined {
  const [begin, end] = markersOf(name)
  return page.split(begin)[1]?.split(end)[0]?.trim()
}

export function writePage(texts: Sections): void {
  writeFileSync(path, withSections(readPage(), texts))
}

const markersOf = (name: string): [string, string] => [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`]
