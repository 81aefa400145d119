import { performance, setImmediate, setTimeout } from './timers.js'

/** The time that one operation has. */
export class Deadline {
  readonly #at: number
  #passed = false
  #onPassed: (() => void) | undefined

  constructor(at: number) {
    this.#at = at
  }

  get at(): number {
    return this.#at
  }

  get hasPassed(): boolean {
    return this.#passed
  }

  /** Settles as `promise` does, or rejects with `late()` when the deadline passes first; what comes later is ignored. */
  race<Value>(promise: Promise<Value>, late: () => Error): Promise<Value> {
    if (this.#passed) {
      promise.catch(() => {}) // its outcome interests nobody any more
      return Promise.reject(late())
    }
    return new Promise<Value>((resolve, reject) => {
      this.#onPassed = () => {
        reject(late())
      }
      promise.then(resolve, reject)
    })
  }

  /** @internal */
  pass(): void {
    this.#passed = true
    this.#onPassed?.()
  }
}

/** A timer that is so late says that the process stalled. */
const stallMs = 50
const secondLookMs = 100

/**
 * Deadlines of one common length, on one timer: a timer for each call to the store would cost more than the call.
 */
export class Deadlines {
  readonly #lengthMs: number
  /** In the order in which they pass. */
  readonly #running = new Set<Deadline>()
  #timer: NodeJS.Timeout | undefined

  constructor(lengthMs: number) {
    this.#lengthMs = lengthMs
  }

  start(): Deadline {
    const deadline = new Deadline(performance.now() + this.#lengthMs)
    this.#running.add(deadline)
    if (this.#timer === undefined) this.#wait(this.#lengthMs)
    return deadline
  }

  finish(deadline: Deadline): void {
    this.#running.delete(deadline)
  }

  #wait(ms: number): void {
    const due = performance.now() + ms
    const sweep = (): void => this.#sweep()
    this.#timer = setTimeout(() => {
      // Answers may be in the socket already: read them before calling anything late. And where the process itself stalled, what
      // it was to send may not even have left: then that is done first.
      const look = (): void => void setImmediate(sweep)
      if (performance.now() - due < stallMs) look()
      else this.#timer = setTimeout(look, secondLookMs).unref()
    }, ms).unref()
  }

  #sweep(): void {
    this.#timer = undefined
    const now = performance.now()
    for (const deadline of this.#running) {
      if (deadline.at > now) {
        this.#wait(Math.ceil(deadline.at - now))
        return
      }
      this.#running.delete(deadline)
      deadline.pass()
    }
  }
}
