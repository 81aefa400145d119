import { performance } from './timers.js'
import type { Handle } from '../store.js'

/** The time in which one writer writes to a session. */
export interface Turn<State> {
  /** What the writer before left behind, if it said so and this one was waiting. */
  readonly before: State | undefined
  /** How long the turn before took, in ms; 0 where nobody was before. */
  readonly beforeMs: number
  /** Ends the turn; `state` is handed to whoever waits for the next one. */
  end(state?: State): void
}

interface Queue<State> {
  last: Promise<void>
  /** Those who wait and those who write. */
  length: number
  state: State | undefined
  lastMs: number
}

/**
 * Writers of one session within this process take turns, so that how often compare-and-set must be tried again grows with the
 * number of backends only. What one of them leaves behind, the next one need not read.
 */
export class Turns<State = never> {
  readonly #queues = new Map<Handle, Queue<State>>()

  /**
   * Waits for the next turn and gives the function that ends it. `within` bounds the waiting; a turn that comes too late is
   * passed on.
   */
  async take(handle: Handle, within: <Value>(promise: Promise<Value>) => Promise<Value>): Promise<() => void> {
    const turn = await this.takeOver(handle, within)
    return () => turn.end()
  }

  /** The same, with what the writer before has left behind. */
  async takeOver(handle: Handle, within: <Value>(promise: Promise<Value>) => Promise<Value>): Promise<Turn<State>> {
    const queue = this.#queues.get(handle) ?? { last: Promise.resolve(), length: 0, state: undefined, lastMs: 0 }
    this.#queues.set(handle, queue)
    let pass = (): void => {}
    const mine = new Promise<void>((resolve) => {
      pass = resolve
    })
    const previous = queue.last
    queue.last = previous.then(() => mine)
    queue.length += 1
    // Not when a turn is given back, which may be before its time had come: only when all before it are over too.
    void queue.last.then(() => {
      queue.length -= 1
      if (queue.length === 0) this.#queues.delete(handle)
    })
    try {
      if (queue.length > 1) await within(previous)
    } catch (error) {
      pass()
      throw error
    }
    return this.#begin(queue, pass)
  }

  #begin(queue: Queue<State>, pass: () => void): Turn<State> {
    const begun = performance.now()
    const { state: before, lastMs: beforeMs } = queue
    queue.state = undefined
    return {
      before,
      beforeMs,
      end(state) {
        queue.state = state
        queue.lastMs = performance.now() - begun
        pass()
      },
    }
  }
}

const turnsOfStores = new WeakMap<object, Turns>()

/** The turns of those who write to this store, however often the store was handed over. */
export function turnsOf(store: object): Turns {
  const turns = turnsOfStores.get(store) ?? new Turns()
  turnsOfStores.set(store, turns)
  return turns
}
