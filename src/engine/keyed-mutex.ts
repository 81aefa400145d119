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

interface Queue<State> {
  last: Promise<void>
  /** Holder and waiters. */
  length: number
  state: State | undefined
  lastMs: number
}

/**
 * A lock for each key within this process. Writers of one session take turns, so that compare-and-set is retried only because of
 * other processes. Each writer passes on what it stored, so that the next one need not read it.
 */
export class KeyedMutex<State = never> {
  readonly #queues = new Map<string, Queue<State>>()

  /** Runs `work` while holding the lock of `key`. With a deadline, rejects when that passes while still waiting. */
  async run<Value>(
    key: string,
    work: (turn: Turn<State>) => Promise<Value>,
    deadline?: Pick<Deadline, 'within'>,
  ): Promise<Value> {
    const queue = this.#queues.get(key) ?? { last: Promise.resolve(), length: 0, state: undefined, lastMs: 0 }
    this.#queues.set(key, queue)
    let release = (): void => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    const previous = queue.last
    // A waiter that gives up releases the lock at once, but its turn ends only after all earlier turns.
    queue.last = previous.then(() => released)
    queue.length += 1
    void queue.last.then(() => {
      queue.length -= 1
      if (queue.length === 0) this.#queues.delete(key)
    })
    try {
      if (queue.length > 1) await (deadline === undefined ? previous : deadline.within(previous))
      return await hold(queue, work)
    } finally {
      release()
    }
  }
}

async function hold<State, Value>(queue: Queue<State>, work: (turn: Turn<State>) => Promise<Value>): Promise<Value> {
  const begun = performance.now()
  const turn: Turn<State> = { before: queue.state, beforeMs: queue.lastMs, after: undefined }
  queue.state = undefined
  try {
    return await work(turn)
  } finally {
    queue.state = turn.after
    queue.lastMs = performance.now() - begun
  }
}

const mutexes = new WeakMap<object, KeyedMutex>()

/** The lock of everything in this process that writes to `store`. */
export function mutexOf(store: object): KeyedMutex {
  const mutex = mutexes.get(store) ?? new KeyedMutex()
  mutexes.set(store, mutex)
  return mutex
}
