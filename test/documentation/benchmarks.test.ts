import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

/** The cells of the first row that begins so, without the first one. */
function cellsOf(page: string, begin: string): readonly string[] {
  const rows = readFileSync(page, 'utf8').split('\n')
  const row = rows.find((line) => line.startsWith(`| ${begin} `)) ?? ''
  return row
    .split('|')
    .slice(2, -1)
    .map((cell) => cell.trim())
}

it('the README quotes docs/benchmarks.md for the cost of a read', () => {
  const read = cellsOf('docs/benchmarks.md', '  ').indexOf('read, 200 B')
  expect(read).toBeGreaterThanOrEqual(0)
  const ratios = ['Sessera', 'iron-session'].map((library) => cellsOf('docs/benchmarks.md', library)[read])
  const [sessera, pair, ironSession] = cellsOf('README.md', '[CPU time a read adds][cost]')
  expect([sessera, ironSession]).toEqual(ratios)
  expect(pair).toBe('1')
})
