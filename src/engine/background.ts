/** Work that nobody waits for, except who closes. Failures are ignored: it is for what can be made up for later. */
export class Background {
  readonly #running = new Set<Promise<void>>()

  start(work: Promise<unknown>): void {
    const running = work.then(ignore, ignore).finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  /** Waits for the work that is running. */
  async settled(): Promise<void> {
    await Promise.all(this.#running)
  }
}

function ignore(): void {}
