import { isForbidden } from './client.js'

/** The clock of this machine. */
export interface LocalClock {
  /** Milliseconds since the epoch. May be wrong, and may jump. */
  now(): number
  /** Milliseconds since some moment. Only ever goes forward. */
  monotonic(): number
}

export const systemClock: LocalClock = { now: () => Date.now(), monotonic: () => performance.now() }

/** The server's clock, as far as this process knows it. */
interface ServerClock {
  /** Ms since the epoch: the local clock plus what the server's was ahead of it at the last answer. */
  now(): number
  /** Resolves once the server has answered; rejects when it cannot be asked. */
  ready(): Promise<void>
  /** Asks the server if its last answer is a minute old. Waits for nothing and never fails. */
  refresh(): void
}

const maximumAgeMs = 60_000
// A client can lose a question with its connection and never say so.
const patienceMs = 2000

/** Follows the server whose `TIME` reply `askTime` gives. A server that refuses `TIME` leaves the local clock. */
export function serverClock(askTime: () => Promise<unknown>, local: LocalClock): ServerClock {
  let aheadMs = 0
  let answeredAt: number | undefined
  let asking: { readonly since: number; readonly answer: Promise<void> } | undefined

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
      aheadMs = serverTime - local.now()
    } catch (error) {
      if (!isForbidden((error as Error).cause ?? error)) throw error
    }
    answeredAt = local.monotonic()
  }

  return {
    now: () => local.now() + aheadMs,
    async ready() {
      if (answeredAt === undefined) await ask()
    },
    refresh() {
      if (answeredAt !== undefined && local.monotonic() - answeredAt < maximumAgeMs) return
      ask().catch(() => {}) // asked again with the next call; an outage is told by the call itself
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
