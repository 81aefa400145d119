import type { Deadline } from './deadlines.js'
import { performance } from './timers.js'

/** What the holder of a lock gets from the previous holder, and passes on. */
export interface Turn<State> {
  /** What the previous holder passed on, if this one was waiting for it. */
  readonly before: State | undefined
  /** How long the previous holder held the lock, in ms; 0 if there was none. */
  readonly beforeMs: number
  /** Passed on to the next holder. */
  after: State | undefined
}

interface Lock<State> {
  /** Begin the turns of those who wait, in the order of asking. */
  readonly waiting: (() => void)[]
  state: State | undefined
  lastMs: number
}

/**
 * A lock for each key within this process. Writers of one session take turns, so that compare-and-set is retried only because of
 * other processes. Each writer passes on what it stored, so that the next one need not read it.
 */
export class KeyedMutex<State = never> {
  /** Those that are held. */
  readonly #locks = new Map<string, Lock<State>>()

  /** Runs `work` while holding the lock of `key`. With a deadline, rejects when that passes while still waiting. */
  async run<Value>(
    key: string,
    work: (turn: Turn<State>) => Promise<Value>,
    deadline?: Pick<Deadline, 'within'>,
  ): Promise<Value> {
    const held = this.#locks.get(key)
    const lock = held ?? { waiting: [], state: undefined, lastMs: 0 }
    if (held === undefined) this.#locks.set(key, lock)
    else await this.#waitFor(key, lock, deadline)
    const begun = performance.now()
    const turn: Turn<State> = { before: lock.state, beforeMs: lock.lastMs, after: undefined }
    lock.state = undefined
    try {
      return await work(turn)
    } finally {
      lock.state = turn.after
      lock.lastMs = performance.now() - begun
      this.#release(key, lock)
    }
  }

  async #waitFor(key: string, lock: Lock<State>, deadline: Pick<Deadline, 'within'> | undefined): Promise<void> {
    let begin = (): void => {}
    const turn = new Promise<void>((resolve) => {
      begin = resolve
    })
    lock.waiting.push(begin)
    try {
      await (deadline === undefined ? turn : deadline.within(turn))
    } catch (error) {
      const place = lock.waiting.indexOf(begin)
      if (place >= 0) lock.waiting.splice(place, 1)
      else this.#release(key, lock) // its turn has come at the same moment
      throw error
    }
  }

  #release(key: string, lock: Lock<State>): void {
    const begin = lock.waiting.shift()
    if (begin === undefined) this.#locks.delete(key)
    else begin()
  }
}

const mutexes = new WeakMap<object, KeyedMutex>()

/** The lock of everything in this process that writes to `store`. */
export function mutexOf(store: object): KeyedMutex {
  const mutex = mutexes.get(store) ?? new KeyedMutex()
  mutexes.set(store, mutex)
  return mutex
}
