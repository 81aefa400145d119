import type { Case } from './cases.js'
import { openConnection, type Connection } from './connection.js'
import type { Contestant } from './contestants.js'
import type { Visitor } from './visitors.js'

/** The connections to one server, and who comes over each of them. */
export interface Load {
  /** Sends requests until as many were answered, and checks each answer. */
  send(count: number): Promise<void>
  /** Sends requests for this long, and checks each answer. */
  sendFor(ms: number): Promise<Sent>
  close(): void
}

export interface Sent {
  readonly requests: number
  readonly ms: number
  /** Of each request, sorted. */
  readonly latenciesMs: Float64Array
}

export const connectionCount = 32
const groupSize = 10

/** Connects, and tells each connection its visitors, which no other one has unless the case says so. */
export async function openLoad(
  port: number,
  contestant: Contestant,
  wanted: Case,
  visitors: readonly Visitor[],
): Promise<Load> {
  const groups =
    wanted.visitors === 'parallel' ? groupsOf(3, groupSize) : groupsOf(Math.min(connectionCount, visitors.length), 1)
  const lanes = await Promise.all(
    groups.map(async (size, index) => ({
      connections: await Promise.all(Array.from({ length: size }, () => openConnection(port))),
      visitors:
        wanted.visitors === 'shared' ? visitors.slice(0, 1) : visitors.filter((_, at) => at % groups.length === index),
      turn: 0,
    })),
  )
  const check = checkFor(contestant, wanted)

  async function run(isOver: (done: number) => boolean): Promise<number[]> {
    const latencies: number[] = []
    const failed = (): boolean => isOver(latencies.length)
    const sleep = keepAwake()
    await Promise.all(lanes.map((lane) => drive(lane, check, latencies, failed)))
    sleep()
    return latencies
  }

  return {
    send: async (count) => void (await run((done) => done >= count)),
    async sendFor(ms) {
      const started = performance.now()
      const latencies = await run(() => performance.now() - started >= ms)
      return {
        requests: latencies.length,
        ms: performance.now() - started,
        latenciesMs: Float64Array.from(latencies).sort(),
      }
    },
    close: () => lanes.forEach(({ connections }) => connections.forEach((each) => each.close())),
  }
}

/**
 * Keeps this process from sleeping until the result is called. Waking it costs the server as much as reading a session, and whether a response wakes it
 * is a matter of chance: that was most of the difference between two rounds. Clients on other machines cost a server none of it.
 */
function keepAwake(): () => void {
  let isOver = false
  const turn = (): void => {
    if (!isOver) setImmediate(turn)
  }
  turn()
  return () => {
    isOver = true
  }
}

interface Lane {
  readonly connections: readonly Connection[]
  readonly visitors: readonly Visitor[]
  turn: number
}

/** Sends one visitor's request over all connections of the lane, and when all are answered the next one's. */
function drive(lane: Lane, check: Check, latencies: number[], isOver: () => boolean): Promise<void> {
  const { connections, visitors } = lane
  return new Promise((resolve, reject) => {
    const next = (): void => {
      if (isOver()) return resolve()
      const visitor = visitors[lane.turn++ % visitors.length]!
      const started = performance.now()
      let open = connections.length
      const whenAnswered = (status: number, body: string): void => {
        latencies.push(performance.now() - started)
        const problem = check(visitor, status, body)
        if (problem !== undefined) return reject(new Error(problem))
        if (--open === 0) next()
      }
      for (const connection of connections) connection.send(visitor.request, whenAnswered)
    }
    next()
  })
}

type Check = (visitor: Visitor, status: number, body: string) => string | undefined

function checkFor(contestant: Contestant, { answer, path }: Case): Check {
  const expectedOf = expectationOf(contestant, answer)
  return (visitor, status, body) => {
    const expected = expectedOf(visitor)
    if (status === 200 && body === expected) return undefined
    return `${contestant.id} answered ${path} of ${visitor.name} with ${status} ${body}, not with ${expected}`
  }
}

function expectationOf({ bare, inCookie }: Contestant, answer: Case['answer']): (visitor: Visitor) => string {
  if (bare === undefined || answer === 'nobody') return () => 'nobody'
  if (answer === 'name') return ({ name }) => name
  return inCookie === true ? () => '1' : (visitor) => String(++visitor.count)
}

function groupsOf(count: number, size: number): readonly number[] {
  return Array.from({ length: count }, () => size)
}
