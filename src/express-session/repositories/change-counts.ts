const mostRemembered = 100_000

/** Which change of a session was its last in this process: whether somebody stored or destroyed it since a request has looked. */
export class ChangeCounts {
  readonly #last = new Map<string, number>()
  #count = 0

  /** To be called when a change is done. */
  add(id: string): number {
    this.#last.delete(id)
    this.#last.set(id, ++this.#count)
    if (this.#last.size > mostRemembered) this.#last.delete(this.#last.keys().next().value as string)
    return this.#count
  }

  /** 0 for a session that was not changed as long as is remembered. */
  of(id: string): number {
    return this.#last.get(id) ?? 0
  }
}

const countsOfStores = new WeakMap<object, ChangeCounts>()

/** The counts of a store, however many middlewares use it. */
export function changeCountsOf(store: object): ChangeCounts {
  const counts = countsOfStores.get(store) ?? new ChangeCounts()
  countsOfStores.set(store, counts)
  return counts
}
