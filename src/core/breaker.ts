const failuresToOpen = 5
const probeIntervalMs = 1_000

/**
 * Circuit breaker: after 5 failures in a row calls fail at once, so that an outage costs no waiting and the store is not
 * hammered; one call a second is let through as a probe, and the first success closes it.
 */
export class Breaker {
  #failures = 0
  #nextProbeAt = 0

  /** Whether a call may be made at `now` (ms, any steady clock). */
  admits(now: number): boolean {
    if (this.#failures < failuresToOpen) return true
    if (now < this.#nextProbeAt) return false
    this.#nextProbeAt = now + probeIntervalMs
    return true
  }

  succeeded(): void {
    this.#failures = 0
  }

  failed(now: number): void {
    this.#failures++
    if (this.#failures === failuresToOpen) this.#nextProbeAt = now + probeIntervalMs
  }
}
