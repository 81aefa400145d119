import { performance } from '../../engine/timers.js'
import { isServerError } from './known-errors.js'

/** The clocks of a machine. */
export interface LocalClock {
  /** Milliseconds since the epoch. May be wrong, and may jump. */
  now(): number
  /** Milliseconds since an arbitrary moment. Never goes back; stops while the machine is suspended. */
  monotonic(): number
}

/** The clocks of this machine, for production. Fake timers can replace `Date.now`, but not the monotonic clock. */
export const systemClock: LocalClock = { now: () => Date.now(), monotonic: performance.now }

/** An estimate of the server's clock. */
export interface ServerClock {
  /**
   * Ms since the epoch: the server's last answer plus the monotonic time since, so setting the local clock changes nothing. Before the
   * first answer, the local clock.
   */
  now(): number
  /** Resolves once the server's time is known; rejects if it cannot be read. */
  ready(): Promise<void>
  /** What the server's clock showed, in ms, when the monotonic clock showed `monotonicMs`: never too late, perhaps a little early. */
  earliestAt(monotonicMs: number): number
  /** Reads the server's time now, so that `earliestAt` becomes more exact. Rejects if it cannot be read. */
  ask(): Promise<void>
  /** Reads the server's time again, in the background, if the last is a minute old or the local clocks have moved apart. Never fails. */
  refresh(): void
}

const maximumAgeMs = 60_000
// A client can lose a command with its connection and never settle it.
const patienceMs = 2000
// If the local clocks move apart by this much, the wall clock was set or the machine was suspended. Only the server knows which.
const stepMs = 1000
// Clocks that are disciplined over the network run faster or slower by this much at most.
const maximumDrift = 0.000_5

/** The clock of the server whose `TIME` reply `askTime` resolves with. If the user may not run `TIME`, this is the local clock. */
export function serverClock(askTime: () => Promise<unknown>, local: LocalClock): ServerClock {
  /** The server's time minus the monotonic clock. */
  let serverAheadMs: number | undefined
  /** The same by the answer that came fastest, which is the largest. */
  let mostAheadMs: number | undefined
  let answered: { readonly at: number; readonly wallAheadMs: number } | undefined
  let asking: { readonly since: number; readonly answer: Promise<void> } | undefined

  const wallAheadMs = (): number => local.now() - local.monotonic()
  const driftSince = (at: number | undefined, monotonicMs = local.monotonic()): number =>
    at === undefined ? 0 : Math.abs(monotonicMs - at) * maximumDrift

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
      const serverTime = microsecondsOf(await askTime()) / 1000
      // Half the round trip is not added: most of a long one was spent waiting for a connection, before the server read its clock.
      const aheadMs = serverTime - local.monotonic()
      const earlierMs = (mostAheadMs ?? -Infinity) - driftSince(answered?.at)
      mostAheadMs = earlierMs - aheadMs < stepMs ? Math.max(aheadMs, earlierMs) : aheadMs
      serverAheadMs = aheadMs
    } catch (error) {
      if (!isServerError((error as Error).cause ?? error, 'forbidden')) throw error
    }
    answered = { at: local.monotonic(), wallAheadMs: wallAheadMs() }
  }

  function isTrusted(): boolean {
    if (answered === undefined || local.monotonic() - answered.at >= maximumAgeMs) return false
    return Math.abs(wallAheadMs() - answered.wallAheadMs) < stepMs
  }

  return {
    now: () => Math.floor(serverAheadMs === undefined ? local.now() : local.monotonic() + serverAheadMs),
    async ready() {
      if (answered === undefined) await ask()
    },
    earliestAt(monotonicMs) {
      return monotonicMs + (mostAheadMs ?? wallAheadMs()) - driftSince(answered?.at, monotonicMs)
    },
    ask,
    refresh() {
      if (!isTrusted()) ask().catch(() => {}) // the next command asks again, and reports an outage itself
    },
  }
}

/** Microseconds of a `TIME` reply: seconds and microseconds. */
export function microsecondsOf(reply: unknown): number {
  const [seconds, microseconds] = Array.isArray(reply) ? reply.map(Number) : []
  const time = Number(seconds) * 1_000_000 + Number(microseconds)
  if (!Number.isSafeInteger(time)) throw new Error('The Redis client gave an unexpected reply to TIME.')
  return time
}
