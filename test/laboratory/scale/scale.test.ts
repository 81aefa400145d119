import { beforeAll, describe, expect, it } from 'vitest'
import { findMissingPackages } from '../../support/packages.js'
import { measureScale, sectionsOf, type ScaleFigures } from './main.js'
import { readPage, sectionOf, sections, withSections } from './page.js'
import { small } from './size.js'

const isMissing = (await findMissingPackages('compatibility')) !== undefined

describe.skipIf(isMissing)('what `npm run scale` measures', () => {
  let figures: ScaleFigures
  beforeAll(async () => {
    figures = await measureScale(small)
    console.log(JSON.stringify(figures))
  }, 240_000)

  it('is the memory of sessions in Redis, which the drop-in stores as express-session does', () => {
    expect(figures.memory.map(({ dataBytes }) => dataBytes)).toEqual(small.dataBytes)
    for (const { dataBytes, bytes } of figures.memory) {
      for (const each of Object.values(bytes)) {
        expect(each).toBeGreaterThan(dataBytes + 100)
        expect(each).toBeLessThan(1.5 * dataBytes + 700)
      }
      expect(bytes['drop-in'] / bytes.pair).toBeCloseTo(1, 1)
    }
  })

  it('is what a request costs, whose session is the right one', () => {
    const { costs, right } = figures.costs
    expect(right).toBe(small.manySessions)
    for (const name of ['few: read', 'many: read', 'many: write'] as const) {
      expect(costs[name].backendUs).toBeGreaterThan(0)
      expect(costs[name].redisUs).toBeGreaterThan(0)
      expect(costs[name].bytesOut).toBeGreaterThan(200)
    }
    expect(costs['many: read'].bytesIn).toBeLessThan(150)
    expect(costs['many: write'].bytesIn).toBeGreaterThan(350)
  })

  it('is how a Cluster shares the work', () => {
    expect(figures.cluster).toHaveLength(3)
    for (const { sessions, commands } of figures.cluster) {
      for (const share of [sessions, commands]) {
        expect(share).toBeGreaterThan(0.25)
        expect(share).toBeLessThan(0.42)
      }
    }
  })

  it('is what connections and requests in flight take', () => {
    const bare = figures.connections.find(({ library }) => library === 'bare')!
    for (const row of figures.connections) {
      expect(row.right).toBe(small.connections)
      expect(row.heapBytes).toBeGreaterThan(500)
      if (row !== bare) expect(row.inFlightBytes).toBeGreaterThan(bare.inFlightBytes)
    }
  })

  it('is what compression saves and costs', () => {
    for (const { share, compressUs, expandUs } of figures.compression) {
      expect(share).toBeGreaterThan(0.1)
      expect(share).toBeLessThan(0.9)
      expect(compressUs).toBeGreaterThan(0)
      expect(expandUs).toBeGreaterThan(0)
    }
  })

  it('has its place in docs/scale.md, in the same tables', () => {
    const page = readPage()
    const texts = sectionsOf(figures, 'Measured here.')
    for (const name of sections.filter((each) => each !== 'machine'))
      expect(outlineOf(sectionOf(page, name)!), name).toEqual(outlineOf(texts[name]))
    expect(sectionOf(withSections(page, texts), 'machine')).toBe('Measured here.')
  })
})

/** The head and the first column of a table, without its numbers. */
function outlineOf(section: string): unknown {
  const rows = section.split('\n').filter((line) => line.startsWith('|'))
  const cells = rows.map((row) => row.split('|').map((cell) => cell.trim().replaceAll(/[\d,]+/g, '#')))
  // Newer releases of Node have more methods of compression.
  const first = new Set(cells.slice(2).map(([, cell]) => cell))
  return { head: cells[0], first }
}
