import { setTimeout as pause } from 'node:timers/promises'
import { openSocketIo, openWebSocket, type OpenSocketWith } from '../../support/sockets/clients.js'
import { eachOf, type SocketFleet } from './fleet.js'

const libraries: Readonly<Record<Library, OpenSocketWith>> = {
  ws: openWebSocket,
  'Socket.IO': openSocketIo('websocket'),
}
type Library = 'ws' | 'Socket.IO'

/** What became of sockets on one backend whose users signed out on another. */
export interface Closing {
  readonly library: Library
  readonly sockets: number
  readonly closed: number
  /** Within 100 ms of the response that says that the user is signed out. */
  readonly inTime: number
  /** How many were closed with each code and reason. */
  readonly ways: Readonly<Record<string, number>>
  /** From the request that signs out until the client knows that its socket is closed. */
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

const [promisedMs, patienceMs] = [100, 10_000]

/** Opens so many sockets on the first backend, each of a user of its own, and signs these out on the second. */
export async function measureClosing(fleet: SocketFleet, library: Library, count: number): Promise<Closing> {
  const cookies = await fleet.signIn(0, count)
  const sockets = await eachOf(count, (number) => libraries[library](fleet.destination(0, cookies[number]!)))
  // Before, a look would notice the end.
  while ((await fleet.subscriptions()) === 0) await pause(20)
  const ways: Record<string, number> = {}
  const delays: number[] = []
  let inTime = 0
  const closed = async (number: number): Promise<void> => {
    const started = performance.now()
    await fleet.signOut(1, cookies[number]!)
    const answered = performance.now()
    const end = await Promise.race([sockets[number]!.closed, pause(patienceMs, undefined, { ref: false })])
    if (end === undefined) return
    delays.push(end.at - started)
    if (end.at - answered <= promisedMs) inTime += 1
    const way = end.code === undefined ? end.reason : `${end.code} ${end.reason}`
    ways[way] = (ways[way] ?? 0) + 1
  }
  for (let number = 0; number < count; number += 1) await closed(number)
  for (const { close } of sockets) close()
  delays.sort((one, other) => one - other)
  const share = (part: number): number => delays[Math.ceil(delays.length * part) - 1] ?? Number.NaN
  return {
    library,
    sockets: count,
    closed: delays.length,
    inTime,
    ways,
    p50Ms: share(0.5),
    p99Ms: share(0.99),
    maxMs: share(1),
  }
}
