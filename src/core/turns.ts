import type { Handle } from '../store.js'
import type { Known } from './recognise.js'

/** Leave to write one session. */
export interface Turn {
  /** The state that the writer before left behind, so that the next need not find out by failing. */
  readonly latest: Known | undefined
  end(latest?: Known): void
}

/**
 * Writers of one session within this process take turns, so that compare-and-set is tried again only for writers of other
 * processes.
 */
export class Turns {
  readonly #queues = new Map<Handle, Promise<Known | undefined>>()

  /** Asks for the next turn; `within` bounds the waiting, and a turn that comes too late is passed on. */
  async take(handle: Handle, within: <Value>(promise: Promise<Value>) => Promise<Value>): Promise<Turn> {
    let pass: (latest: Known | undefined) => void = () => {}
    const previous = this.#queues.get(handle)
    const mine = new Promise<Known | undefined>((resolve) => {
      pass = resolve
    })
    const queue = previous === undefined ? mine : previous.then((before) => mine.then((latest) => latest ?? before))
    this.#queues.set(handle, queue)
    const end = (latest?: Known): void => {
      pass(latest)
      if (this.#queues.get(handle) === queue) this.#queues.delete(handle)
    }
    if (previous === undefined) return { latest: undefined, end }
    try {
      return { latest: await within(previous), end }
    } catch (error) {
      end()
      throw error
    }
  }
}
