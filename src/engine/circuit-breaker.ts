const failuresToOpen = 5
const sessionsToOpen = 3
const probeIntervalMs = 1_000

/**
 * The circuit breaker of one server, or of one master of a cluster, that answers for many sessions.
 *
 * It opens after 5 outages in a row, seen by at least 3 different sessions: one visitor's problem must not affect others. While it is
 * open, calls fail at once, so that requests do not wait and the store can recover. One call a second is let through as a probe; the
 * first success closes the circuit.
 */
export class CircuitBreaker {
  #failures = 0
  /** The sessions whose calls failed, until there are enough. */
  readonly #sessions = new Set<unknown>()
  #nextProbeAt = Infinity
  #successes = 0

  /** Whether a call may be made at `now` (ms, any steady clock). */
  admits(now: number): boolean {
    if (!this.#isOpen()) return true
    if (now < this.#nextProbeAt) return false
    this.#nextProbeAt = now + probeIntervalMs
    return true
  }

  /** How many calls were answered so far. */
  get successes(): number {
    return this.#successes
  }

  /** Counts an answer. Returns whether it closed the circuit. */
  succeeded(): boolean {
    this.#successes++
    if (this.#failures === 0) return false
    const wasOpen = this.#isOpen()
    this.#failures = 0
    this.#sessions.clear()
    this.#nextProbeAt = Infinity
    return wasOpen
  }

  /** The server could not be reached, or was silent, for a call about this session. Each `undefined` counts as another session. */
  failed(now: number, session: string | undefined): void {
    this.#failures++
    if (this.#sessions.size < sessionsToOpen) this.#sessions.add(session ?? Symbol('unknown'))
    if (this.#isOpen() && this.#nextProbeAt === Infinity) this.#nextProbeAt = now + probeIntervalMs
  }

  #isOpen(): boolean {
    return this.#failures >= failuresToOpen && this.#sessions.size >= sessionsToOpen
  }
}
