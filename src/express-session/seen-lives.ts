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

  see(id: string, leftMs: number, wholeMs: number): void {
    this.#lives.delete(id)
    this.#lives.set(id, { endsAt: this.#now() + leftMs, wholeMs })
    if (this.#lives.size <= mostSeen) return
    for (const oldest of this.#lives.keys()) {
      this.#lives.delete(oldest)
      return
    }
  }

  /** Ms that are left, or `undefined` where that has to be asked. */
  leftOf(id: string): number | undefined {
    const life = this.#lives.get(id)
    if (life === undefined) return undefined
    const leftMs = life.endsAt - this.#now()
    return leftMs >= life.wholeMs * 0.9 ? leftMs : undefined
  }

  forget(id: string): void {
    this.#lives.delete(id)
  }
}
