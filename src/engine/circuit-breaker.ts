const failuresToOpen = 5
const sessionsToOpen = 3
const probeIntervalMs = 1_000

/**
 * Circuit breaker of one place that answers for many sessions: a server, or one master of a cluster.
 *
 * It opens after 5 failures in a row that say the place itself is gone, seen by at least 3 different sessions: what one visitor
 * brings about must not keep others out. Then calls fail at once, so that an outage costs no waiting and the store is not
 * hammered. One call a second is let through as a probe, and the first success closes it.
 */
export class CircuitBreaker {
  #failures = 0
  /** Whose calls failed, until there are enough of them. */
  readonly #sessions = new Set<unknown>()
  #nextProbeAt = Infinity
  #lastSuccessAt = -Infinity

  /** Whether a call may be made at `now` (ms, any steady clock). */
  admits(now: number): boolean {
    if (!this.#isOpen()) return true
    if (now < this.#nextProbeAt) return false
    this.#nextProbeAt = now + probeIntervalMs
    return true
  }

  /** Whether a call was answered since `time`. */
  hasSucceededSince(time: number): boolean {
    return this.#lastSuccessAt >= time
  }

  succeeded(now: number): void {
    this.#failures = 0
    this.#sessions.clear()
    this.#nextProbeAt = Infinity
    this.#lastSuccessAt = now
  }

  /** The place could not be reached, or stayed silent, for a call about this session; each `undefined` counts as another one. */
  failed(now: number, session: string | undefined): void {
    this.#failures++
    if (this.#sessions.size < sessionsToOpen) this.#sessions.add(session ?? Symbol('unknown'))
    if (this.#isOpen() && this.#nextProbeAt === Infinity) this.#nextProbeAt = now + probeIntervalMs
  }

  #isOpen(): boolean {
    return this.#failures >= failuresToOpen && this.#sessions.size >= sessionsToOpen
  }
}
