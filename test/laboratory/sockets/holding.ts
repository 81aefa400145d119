import { setTimeout as pause } from 'node:timers/promises'
import { openBareSocket, openWebSocket } from '../../support/sockets/clients.js'
import { medianOf } from '../scale/statistics.js'
import { eachOf, startSocketFleet, type SocketFleet } from './fleet.js'
import type { Size } from './size.js'

/** Memory of a socket. */
interface Bytes {
  readonly heapBytes: number
  readonly residentBytes: number
}

/** What sockets cost a backend while nothing happens on them. */
export interface Holding extends Bytes {
  readonly sockets: number
  /** How many of them the memory was measured with. */
  readonly weighed: number
  /** Connections to Redis that have subscribed, and timers of the process: without a socket, with one, and with all of them. */
  readonly subscriptions: readonly number[]
  readonly timers: readonly number[]
  /** Memory of a socket without a session. */
  readonly bare: Bytes
  /** Share of a core while nothing happens. */
  readonly idleLoad: number
  /** Sockets that still answer afterwards with who is signed in. */
  readonly answering: number
}

type Counts = Pick<Holding, 'subscriptions' | 'timers'>

export async function measureHolding({ holding: sockets, weighed, restMs, idleMs }: Size): Promise<Holding> {
  const counts = await withFleet(true, (fleet) => countIn(fleet, sockets, restMs))
  const memory = await withFleet(false, (fleet) => weigh(fleet, weighed, idleMs))
  const { heapBytes, residentBytes } = await withFleet(false, (fleet) => weighBare(fleet, weighed))
  return { sockets, weighed, ...counts, ...memory, bare: { heapBytes, residentBytes } }
}

async function withFleet<Result>(countsTimers: boolean, work: (fleet: SocketFleet) => Promise<Result>) {
  const fleet = await startSocketFleet(1, countsTimers)
  try {
    return await work(fleet)
  } finally {
    await fleet.stop()
  }
}

async function open(fleet: SocketFleet, count: number) {
  const cookies = await fleet.signIn(0, count)
  return eachOf(count, (number) => openWebSocket(fleet.destination(0, cookies[number]!)))
}

async function countIn(fleet: SocketFleet, count: number, restMs: number): Promise<Counts> {
  const subscriptions: number[] = []
  const timers: number[] = []
  for (const wanted of [0, 1, count - 1]) {
    await open(fleet, wanted)
    while (wanted === 1 && (await fleet.subscriptions()) === 0) await pause(20)
    timers.push(await usualTimers(fleet, restMs))
    subscriptions.push(await fleet.subscriptions())
  }
  return { subscriptions, timers }
}

/** How many timers there are in a while: requests, their deadlines and their connections have some for a moment. */
async function usualTimers(fleet: SocketFleet, restMs: number): Promise<number> {
  const started = performance.now()
  const counts: number[] = []
  while (performance.now() - started < restMs) {
    counts.push((await fleet.figures(0)).timers)
    await pause(100)
  }
  return medianOf(counts)
}

type Weights = Omit<Holding, keyof Counts | 'sockets' | 'weighed' | 'bare'>

async function weigh(fleet: SocketFleet, count: number, idleMs: number): Promise<Weights> {
  const { result: sockets, ...bytes } = await grown(fleet, count, (wanted) => open(fleet, wanted))
  const idleLoad = await idleLoadOf(fleet, idleMs)
  const answers = await eachOf(count, (number) => sockets[number]!.ask('read'))
  const answering = answers.filter(({ userId }, number) => userId === `user-${number}`).length
  return { ...bytes, idleLoad, answering }
}

async function weighBare(fleet: SocketFleet, count: number): Promise<Bytes> {
  const destination = fleet.destination(0, '')
  return grown(fleet, count, (wanted) => eachOf(wanted, () => openBareSocket(destination)))
}

/** By how much the backend grows for each socket. */
async function grown<Result>(fleet: SocketFleet, count: number, openSockets: (count: number) => Promise<Result>) {
  await openSockets(100) // what the code itself takes is there from here on
  const before = await fleet.figures(0)
  const result = await openSockets(count)
  const after = await fleet.figures(0)
  const heapBytes = (after.heapBytes - before.heapBytes) / count
  return { result, heapBytes, residentBytes: (after.residentBytes - before.residentBytes) / count }
}

async function idleLoadOf(fleet: SocketFleet, idleMs: number): Promise<number> {
  const before = await fleet.figures(0)
  await pause(idleMs)
  const after = await fleet.figures(0)
  return (after.processorTimeUs - before.processorTimeUs) / (idleMs * 1000)
}
