import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

// The page of the baseline must not promise more than tests prove.

const root = new URL('../../..', import.meta.url)
const rowsOf = { SID: 10, CK: 14, CP: 11, LC: 10, TO: 9, TR: 13, CS: 3 }

const table = [
  ...readText('docs/security-baseline.md').matchAll(/^\| ([A-Z]+-\d+) +\| (.+?) +\| (met|not yet): (.+?) +\|$/gm),
]
const rows = table.map(([, id = '', demand = '', state = '', details = '']) => ({ id, demand, state, details }))
const idsByFile = new Map(testFiles().map((path) => [path, idsIn(readText(path))]))

describe('the page of the security baseline', () => {
  it('has each row once', () => {
    const all = Object.entries(rowsOf).flatMap(([area, count]) =>
      Array.from({ length: count }, (_, index) => `${area}-${index + 1}`),
    )
    expect(rows.map(({ id }) => id)).toEqual(all)
  })

  it.each(rows.filter(({ state }) => state === 'met'))('names the tests that prove $id', ({ id, details }) => {
    const files = [...details.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path)
    const without = files.filter((path) => !idsByFile.get(path)?.has(id))
    expect([files.length > 0, without]).toEqual([true, []])
  })

  it.each(rows.filter(({ state }) => state === 'not yet'))('says why $id is not met yet', ({ details }) => {
    expect(details).toMatch(/\w+ \w+ \w+/)
  })

  it('knows every row that a test names', () => {
    const known = new Set(rows.map(({ id }) => id))
    const unknown = [...idsByFile.values()]
      .flatMap((ids) => [...ids])
      .filter((id) => isOfTheseAreas(id) && !known.has(id))
    expect(unknown).toEqual([])
  })
})

function isOfTheseAreas(id: string): boolean {
  return /^(?:SID|CK|CP|LC|TO|TR|CS)-/.test(id)
}

/** Rows are named at the beginning of a test's name: `'SID-3, SID-4: …'`. */
function idsIn(text: string): Set<string> {
  const names = text.matchAll(/['"`]((?:[A-Z]+-\d+, )*[A-Z]+-\d+): /g)
  return new Set([...names].flatMap(([, ids = '']) => ids.split(', ')))
}

function testFiles(): string[] {
  return ['src', 'test'].flatMap((folder) =>
    readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
      .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
      .filter((path) => path.endsWith('.test.ts') && !path.includes('node_modules')),
  )
}

function readText(path: string): string {
  return readFileSync(new URL(path, root), 'utf8')
}
