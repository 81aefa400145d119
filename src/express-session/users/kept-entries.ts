import { performance } from '../../engine/timers.js'

const mostKept = 10_000

/**
 * Which entries this process has lately entered or kept. The index of a user lasts twice as long as the session that last extended it, so
 * a session extends it once in half of its lifetime, however often it is used.
 */
export class KeptEntries {
  readonly #until = new Map<string, number>()

  /** Notes that an entry is kept now. Returns whether that was due. */
  note(id: string, lifetimeMs: number): boolean {
    const time = performance.now()
    const isDue = (this.#until.get(id) ?? 0) <= time
    if (!isDue) return false
    if (this.#until.size >= mostKept) this.#until.clear()
    this.#until.set(id, time + lifetimeMs / 2)
    return true
  }

  forget(id: string): void {
    this.#until.delete(id)
  }
}
