const maxRemembered = 100_000

/** The last change of each session in this process. Shows whether it was stored or destroyed since a request loaded it. */
export class LastChanges {
  readonly #numbers = new Map<string, number>()
  #count = 0

  /** Numbers a change that is done. */
  add(id: string): number {
    this.#numbers.delete(id)
    this.#numbers.set(id, ++this.#count)
    if (this.#numbers.size > maxRemembered) this.#numbers.delete(this.#numbers.keys().next().value as string)
    return this.#count
  }

  /** The number of the session's last change; 0 if none is remembered. */
  of(id: string): number {
    return this.#numbers.get(id) ?? 0
  }
}

const changesOfStores = new WeakMap<object, LastChanges>()

/** The last changes in a store, by all middlewares that use it. */
export function lastChangesIn(store: object): LastChanges {
  const changes = changesOfStores.get(store) ?? new LastChanges()
  changesOfStores.set(store, changes)
  return changes
}
