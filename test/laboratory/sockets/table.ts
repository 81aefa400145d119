import { readFileSync, writeFileSync } from 'node:fs'
import { measureClosing, type Closing } from './closing.js'
import { startSocketFleet } from './fleet.js'
import { measureHolding, type Holding } from './holding.js'
import type { Size } from './size.js'

export interface SocketFigures {
  readonly closings: readonly Closing[]
  readonly holding: Holding
}

export async function measureSockets(size: Size): Promise<SocketFigures> {
  const fleet = await startSocketFleet(2)
  const closings: Closing[] = []
  for (const library of ['ws', 'Socket.IO'] as const) closings.push(await measureClosing(fleet, library, size.closing))
  await fleet.stop()
  return { closings, holding: await measureHolding(size) }
}

const whole = (value: number): string => Math.round(value).toLocaleString('en')

type Row = readonly (string | number)[]

function table(head: Row, rows: readonly Row[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** As it stands in docs/sockets.md. */
export function tableOf({ closings, holding }: SocketFigures): string {
  const closingRows = closings.map(({ library, sockets, closed, inTime, ways, p50Ms, p99Ms, maxMs }) => [
    library,
    `${whole(closed)} of ${whole(sockets)}`,
    Object.keys(ways).join(', '),
    `${whole(inTime)} of ${whole(sockets)}`,
    `${p50Ms.toFixed(0)} / ${p99Ms.toFixed(0)} / ${maxMs.toFixed(0)} ms`,
  ])
  const [subscriptions, timers] = [holding.subscriptions, holding.timers]
  const holdingRows = [
    ['subscriptions to Redis', ...subscriptions],
    ['timers of the process, usually', ...timers],
  ]
  const { heapBytes, residentBytes, bare, idleLoad } = holding
  return [
    table(
      ['sockets of', 'closed', 'how', 'within 100 ms of the response', 'from request to closed: p50 / p99 / max'],
      closingRows,
    ),
    table(['on one backend', 'no socket', '1 socket', `${whole(holding.sockets)} sockets`], holdingRows),
    `Memory of a socket of ws: ${whole(residentBytes)} bytes, of it ${whole(heapBytes)} on the heap; without a session ` +
      `${whole(bare.residentBytes)} and ${whole(bare.heapBytes)}. While nothing happened, ${whole(holding.weighed)} sockets took ` +
      `${(idleLoad * 100).toFixed(1)} % of a core.`,
  ].join('\n\n')
}

const page = new URL('../../../docs/sockets.md', import.meta.url)
const place = /(?<=<!-- measured -->\n)[^]*(?=<!-- end of measured -->)/

/** What docs/sockets.md has as measured. */
export function readTable(): string {
  return place.exec(readFileSync(page, 'utf8'))?.[0].trim() ?? ''
}

export function writeTable(text: string): void {
  writeFileSync(page, readFileSync(page, 'utf8').replace(place, `\n${text}\n\n`))
}
