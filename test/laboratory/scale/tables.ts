import { cases, type Case, type Cost, type Costs } from './costs.js'
import type { Share } from './cluster.js'
import type { Compression } from './compression.js'
import { libraries, type Connections, type Library } from './connections.js'
import { masterBytes, storageNeeds, trafficNeeds } from './needs.js'
import { forms, type Form, type SessionBytes } from './redis-memory.js'

type Row = readonly (string | number)[]

/** A table of Markdown. */
function table(head: Row, rows: readonly Row[]): string {
  const lines = [head, head.map(() => '---'), ...rows]
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

const whole = (value: number): string => Math.round(value).toLocaleString('en')
const tenth = (value: number): string => value.toFixed(1)
const percent = (share: number): string => `${(share * 100).toFixed(0)} %`

const formTitles: Readonly<Record<Form, string>> = {
  pair: 'express-session + connect-redis',
  'drop-in': 'sessera/express-session',
  anonymous: 'sessera, anonymous',
  'signed-in': 'sessera, signed in',
  changed: 'sessera, signed in and changed later',
}

export function memoryTable(rows: readonly SessionBytes[]): string {
  const cell = ({ bytes }: SessionBytes, form: Form): string =>
    `${whole(bytes[form])}${form === 'pair' ? '' : ` (${(bytes[form] / bytes.pair).toFixed(2)})`}`
  return table(
    ['data', ...forms.map((form) => formTitles[form])],
    rows.map((row) => [`${whole(row.dataBytes)} B`, ...forms.map((form) => cell(row, form))]),
  )
}

export function storageTable(memory: readonly SessionBytes[]): string {
  const needs = [10e6, 100e6].flatMap((sessions) => storageNeeds(memory, sessions))
  return table(
    ['sessions', 'data of each', 'memory of Redis', `masters of ${masterBytes / 1e9} GB`],
    needs.map(({ sessions, dataBytes, bytes, masters }) => [
      `${sessions / 1e6} million`,
      `${whole(dataBytes)} B`,
      `${tenth(bytes / 1e9)} GB`,
      masters,
    ]),
  )
}

export function trafficTable(costs: Costs): string {
  const needs = trafficNeeds(costs, 100_000)
  const range = (from: number, to: number, show: (value: number) => string): string =>
    show(from) === show(to) ? show(from) : `${show(from)} to ${show(to)}`
  return table(
    ['what', `for ${whole(needs.requests)} requests/s`],
    [
      ['cores of the backends, for sessions alone', tenth(needs.backendCores)],
      ['cores of Redis', range(needs.redisCores, needs.redisCoresAtMost, tenth)],
      ['masters, half of a core each', range(needs.masters, needs.mastersAtMost, String)],
      ['to Redis', `${whole(needs.bitsIn / 1e6)} Mbit/s`],
      ['from Redis', `${whole(needs.bitsOut / 1e6)} Mbit/s`],
    ],
  )
}

export function costsTable({ fewSessions, manySessions, costs, retainedBytes, right }: Costs): string {
  const titles: Readonly<Record<Case, string>> = {
    bare: 'no session',
    'few: read': `read, ${whole(fewSessions)} sessions`,
    'many: read': `read, ${whole(manySessions)} sessions`,
    'many: write': `write, ${whole(manySessions)} sessions`,
    'many: read, one at a time': `read, ${whole(manySessions)} sessions, one request at a time`,
  }
  const cells = ({ backendUs, redisUs, bytesIn, bytesOut, p50Ms, p99Ms }: Cost): Row => [
    tenth(backendUs),
    tenth(redisUs),
    `${whole(bytesIn)} / ${whole(bytesOut)}`,
    p50Ms.toFixed(2),
    p99Ms.toFixed(2),
  ]
  const head = ['request', 'µs of the backend', 'µs of Redis', 'bytes to / from Redis', 'p50, ms', 'p99, ms']
  const rows = cases.map((name) => [titles[name], ...cells(costs[name])])
  return [
    table(head, rows),
    `Of ${whole(manySessions)} sessions, ${whole(right)} were read again with what was stored. For each, ` +
      `${tenth(retainedBytes.stored)} bytes stayed on the heap of the process that stored it, and ` +
      `${tenth(retainedBytes.read)} bytes on that of the process that read it.`,
  ].join('\n\n')
}

export function clusterTable(shares: readonly Share[]): string {
  return table(
    ['master', 'sessions', 'commands', 'CPU'],
    shares.map(({ sessions, commands, processorTime }, index) => [
      index + 1,
      percent(sessions),
      percent(commands),
      percent(processorTime),
    ]),
  )
}

export function connectionsTable(rows: readonly Connections[]): string {
  const titles: Readonly<Record<Library, string>> = {
    bare: 'no session',
    native: 'sessera/http',
    'drop-in': 'sessera/express-session',
    pair: 'express-session + connect-redis',
  }
  const of = (library: Library): Connections => rows.find((row) => row.library === library)!
  const lines = libraries
    .map(of)
    .map((row) => [
      titles[row.library],
      whole(row.residentBytes),
      whole(row.heapBytes),
      whole(row.inFlightBytes),
      whole(row.inFlightBytes - of('bare').inFlightBytes),
      `${whole(row.right)} of ${whole(row.connections)}, in ${tenth(row.allAnsweredMs / 1000)} s`,
    ])
  const head = [
    'library',
    'memory of a connection',
    'of it heap',
    'heap of a request in flight',
    'of it for the session',
    'all at the same moment',
  ]
  return table(head, lines)
}

export function compressionTable(rows: readonly Compression[]): string {
  return table(
    ['data', 'method', 'bytes left', 'µs to compress', 'µs to expand'],
    rows.map(({ bytes, name, share, compressUs, expandUs }) => [
      `${whole(bytes)} B`,
      name,
      percent(share),
      whole(compressUs),
      whole(expandUs),
    ]),
  )
}
