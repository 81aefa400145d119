import type { Handle } from './store.js'

/**
 * Writers of one session within this process take turns, so that how often compare-and-set must be tried again grows with the
 * number of backends only.
 */
export class Turns {
  readonly #queues = new Map<Handle, Promise<void>>()

  /**
   * Waits for the next turn and gives the function that ends it. `within` bounds the waiting; a turn that comes too late is
   * passed on.
   */
  async take(handle: Handle, within: <Value>(promise: Promise<Value>) => Promise<Value>): Promise<() => void> {
    let pass = (): void => {}
    const mine = new Promise<void>((resolve) => {
      pass = resolve
    })
    const previous = this.#queues.get(handle)
    const queue = previous === undefined ? mine : previous.then(() => mine)
    this.#queues.set(handle, queue)
    // Not when a turn is given back, which may be before its time had come: only when all before it are over too.
    void queue.then(() => {
      if (this.#queues.get(handle) === queue) this.#queues.delete(handle)
    })
    try {
      if (previous !== undefined) await within(previous)
    } catch (error) {
      pass()
      throw error
    }
    return pass
  }
}

const turnsOfStores = new WeakMap<object, Turns>()

/** The turns of those who write to this store, however often the store was handed over. */
export function turnsOf(store: object): Turns {
  const turns = turnsOfStores.get(store) ?? new Turns()
  turnsOfStores.set(store, turns)
  return turns
}
