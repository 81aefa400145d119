import { Connection } from './connection.js'
import { startProgram, type Program } from './program.js'
import { startServer } from './redis-server.js'
import type { Size } from './size.js'

export const libraries = ['bare', 'native', 'drop-in', 'pair'] as const
export type Library = (typeof libraries)[number]

/** A backend with many connections, each with a session of its own. */
export interface Connections {
  readonly library: Library
  readonly connections: number
  /** Answered with the right session, when all of them ask at the same moment. */
  readonly right: number
  /** Until the last of them is answered. */
  readonly allAnsweredMs: number
  /** Memory of the process for each open connection, and of its heap alone. */
  readonly residentBytes: number
  readonly heapBytes: number
  /** Of the heap, for each request that waits in its handler. */
  readonly inFlightBytes: number
}

export async function measureConnections(size: Size): Promise<readonly Connections[]> {
  const server = await startServer()
  const rows: Connections[] = []
  for (const library of libraries) {
    const backend = await startProgram('backend', library, String(server.port))
    rows.push(await measure(library, backend, size.connections))
    await backend.stop()
  }
  await server.stop()
  return rows
}

interface Memory {
  readonly heapBytes: number
  readonly residentBytes: number
}

async function measure(library: Library, backend: Program, count: number): Promise<Connections> {
  const memory = (): Promise<Memory> => backend.ask('memory')
  await visitAll(backend, atOnce) // what the code itself takes
  const before = await memory()
  const visitors = await visitAll(backend, count)
  const open = await memory()

  const started = performance.now()
  const answers = await Promise.all(visitors.map(({ ask }) => ask('/read')))
  const allAnsweredMs = performance.now() - started
  const right = answers.filter(Boolean).length

  // What is allocated once, such as timers for so many, is there from here on.
  await holdAll(backend, visitors, memory)
  const resting = await memory()
  const waiting = await holdAll(backend, visitors, memory)
  for (const { close } of visitors) close()
  return {
    library,
    connections: count,
    right,
    allAnsweredMs,
    residentBytes: (open.residentBytes - before.residentBytes) / count,
    heapBytes: (open.heapBytes - before.heapBytes) / count,
    inFlightBytes: (waiting.heapBytes - resting.heapBytes) / count,
  }
}

interface Visitor {
  /** Whether the answer is that of this visitor's session. */
  ask(path: string): Promise<boolean>
  close(): void
}

const atOnce = 100

/** Opens connections, each of which signs in and reads once. */
async function visitAll({ first }: Program, count: number): Promise<Visitor[]> {
  const visitors: Visitor[] = []
  while (visitors.length < count) {
    const visits = Array.from({ length: Math.min(atOnce, count - visitors.length) }, () => visit(Number(first)))
    visitors.push(...(await Promise.all(visits)))
  }
  return visitors
}

async function visit(port: number): Promise<Visitor> {
  const connection = await Connection.open(port)
  const { cookie, body } = await connection.ask('/start')
  const ask = async (path: string): Promise<boolean> => {
    const answer = await connection.ask(path, cookie)
    return answer.status === 200 && answer.body === body
  }
  // express-session may answer before the session is stored.
  for (let tries = 1; !(await ask('/read')); tries += 1)
    if (tries === 100) throw new Error('A session was not found after it was made.')
  return { ask, close: () => connection.close() }
}

/** Measures the backend while all requests wait in the handler, then lets them go. */
async function holdAll(backend: Program, visitors: readonly Visitor[], memory: () => Promise<Memory>): Promise<Memory> {
  const asked: Promise<boolean>[] = []
  while (asked.length < visitors.length) {
    asked.push(...visitors.slice(asked.length, asked.length + atOnce).map(({ ask }) => ask('/hold')))
    await backend.ask('untilHeld', asked.length)
  }
  const measured = await memory()
  await backend.ask('release')
  if ((await Promise.all(asked)).includes(false)) throw new Error('A request that was held failed.')
  return measured
}
