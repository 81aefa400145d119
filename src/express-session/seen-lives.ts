/** Ends at `endsAt`, by `performance.now()`, and was `wholeMs` long when it began. */
interface Life {
  readonly endsAt: number
  readonly wholeMs: number
}

const mostSeen = 10_000

/**
 * How long sessions live on, as this process has last seen it, so that not each reading has to ask. Others may have moved an end
 * meanwhile: it is asked again once a tenth of the whole life is over. Those seen longest ago are forgotten.
 */
export class SeenLives {
  readonly #lives = new Map<string, Life>()
  readonly #now: () => number

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  see(id: string, life: Life): void {
    this.#lives.delete(id)
    this.#lives.set(id, life)
    if (this.#lives.size <= mostSeen) return
    for (const oldest of this.#lives.keys()) {
      this.#lives.delete(oldest)
      return
    }
  }

  /** When it ends, or `undefined` where that has to be asked. */
  endOf(id: string): number | undefined {
    const life = this.#lives.get(id)
    if (life === undefined) return undefined
    return life.endsAt - this.#now() >= life.wholeMs * 0.9 ? life.endsAt : undefined
  }

  forget(id: string): void {
    this.#lives.delete(id)
  }
}
