import { isForbidden } from './client.js'
import { performance } from '../../engine/timers.js'

/** The clocks of this machine. */
export interface LocalClock {
  /** Milliseconds since the epoch. May be wrong, and may jump. */
  now(): number
  /** Milliseconds since some moment. Only ever goes forward, and stands still while the machine is suspended. */
  monotonic(): number
}

/** `performance.now` is taken as it is now: when fake timers replace it later, the server's time still goes on. */
export const systemClock: LocalClock = { now: () => Date.now(), monotonic: performance.now.bind(performance) }

/** The server's clock, as far as this process knows it. */
interface ServerClock {
  /**
   * Ms since the epoch: the server's time at its last answer plus the monotonic time since then, so a step of the local clock
   * changes nothing. Until there is an answer, the local clock.
   */
  now(): number
  /** Resolves once the server has answered; rejects when it cannot be asked. */
  ready(): Promise<void>
  /**
   * Asks the server if its last answer is a minute old, or if the local clocks have moved apart since. Waits for nothing and never
   * fails.
   */
  refresh(): void
}

const maximumAgeMs = 60_000
// A client can lose a question with its connection and never say so.
const patienceMs = 2000
// If the local clocks move apart by this much, the wall clock was set or the machine was suspended. Only the server knows which.
const stepMs = 1000

/** Follows the server whose `TIME` reply `askTime` gives. A server that refuses `TIME` leaves the local clock. */
export function serverClock(askTime: () => Promise<unknown>, local: LocalClock): ServerClock {
  /** What to add to the monotonic clock, once the server has said its time. */
  let serverAheadMs: number | undefined
  let answered: { readonly at: number; readonly wallAheadMs: number } | undefined
  let asking: { readonly since: number; readonly answer: Promise<void> } | undefined

  const wallAheadMs = (): number => local.now() - local.monotonic()

  function ask(): Promise<void> {
    const since = local.monotonic()
    if (asking !== undefined && since - asking.since < patienceMs) return asking.answer
    const answer = learn().finally(() => {
      if (asking?.since === since) asking = undefined
    })
    asking = { since, answer }
    return answer
  }

  async function learn(): Promise<void> {
    try {
      const serverTime = readTime(await askTime())
      // Half the round trip is not added: most of a long one was waiting for a connection, before the server looked.
      serverAheadMs = serverTime - local.monotonic()
    } catch (error) {
      if (!isForbidden((error as Error).cause ?? error)) throw error
    }
    answered = { at: local.monotonic(), wallAheadMs: wallAheadMs() }
  }

  function isTrusted(): boolean {
    if (answered === undefined || local.monotonic() - answered.at >= maximumAgeMs) return false
    return Math.abs(wallAheadMs() - answered.wallAheadMs) < stepMs
  }

  return {
    now: () => (serverAheadMs === undefined ? local.now() : local.monotonic() + serverAheadMs),
    async ready() {
      if (answered === undefined) await ask()
    },
    refresh() {
      if (!isTrusted()) ask().catch(() => {}) // asked again with the next call; an outage is told by the call itself
    },
  }
}

/** Milliseconds of a `TIME` reply: seconds and microseconds. */
function readTime(reply: unknown): number {
  const [seconds, microseconds] = Array.isArray(reply) ? reply.map(Number) : []
  const time = Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000)
  if (!Number.isSafeInteger(time)) throw new Error('The Redis client gave an unexpected reply to TIME.')
  return time
}
