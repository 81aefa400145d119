import { beforeAll, describe, expect, it } from 'vitest'
import { hasPackages } from '../../support/packages.js'
import { small } from './size.js'
import type { SocketFigures } from './table.js'

describe.skipIf(!(await hasPackages('frameworks/sockets')))('what `npm run sockets` measures', async () => {
  const { measureSockets, readTable, tableOf } = await import('./table.js')
  let figures: SocketFigures
  beforeAll(async () => {
    figures = await measureSockets(small)
  }, 240_000)

  it('is that each socket is closed whose user signs out on another backend, and why', () => {
    const { closing: sockets } = small
    expect(figures.closings.map(({ library, closed }) => [library, closed])).toEqual([
      ['ws', sockets],
      ['Socket.IO', sockets],
    ])
    const [ws, socketIo] = figures.closings
    for (const way of Object.keys(ws!.ways)) expect(way).toMatch(/^1008 /)
    // A look may be faster than a message on a busy machine.
    expect(ws!.ways['1008 signed-out']).toBeGreaterThanOrEqual(sockets * 0.9)
    expect(socketIo!.ways).toEqual({ 'io server disconnect': sockets })
  })

  it('is that many sockets on one backend need one subscription, and no timer each', () => {
    const { subscriptions, timers, answering } = figures.holding
    expect(answering).toBe(small.weighed)
    expect(subscriptions).toEqual([0, 1, 1])
    expect(timers[0]).toBeGreaterThan(0)
    expect(timers[2]).toBeLessThan(timers[1]! + 10)
  })

  it('is what a session adds to the memory of a socket', () => {
    const { heapBytes, bare } = figures.holding
    expect(heapBytes).toBeGreaterThan(bare.heapBytes)
    expect(heapBytes).toBeLessThan(20_000)
  })

  it('has its place in docs/sockets.md, in the same tables', () => {
    expect(outlineOf(readTable())).toEqual(outlineOf(tableOf(figures)))
  })
})

/** The heads and first columns of tables, without their numbers. */
function outlineOf(text: string): unknown {
  const rows = text.split('\n').filter((line) => line.startsWith('|'))
  return rows
    .map((row) => row.split('|').map((cell) => cell.trim().replaceAll(/[\d,]+/g, '#')))
    .map((cells) => (cells.includes('---') || /^-+$/.test(cells[1]!) ? [] : cells[1]))
}
