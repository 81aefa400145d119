import { performance, setImmediate, setTimeout } from './timers.js'

type Reject = (error: unknown) => void

/** The point in time by which something must be done, started by `Deadlines`. */
export class Deadline {
  /** When it passes, by `performance.now()`. */
  readonly at: number
  /** Makes the error for work that is late. */
  readonly lateError: () => Error
  #hasPassed = false
  #reject: Reject | undefined
  /** Those who wait besides, if several calls run at once. */
  #others: Set<Reject> | undefined

  constructor(at: number, lateError: () => Error) {
    this.at = at
    this.lateError = lateError
  }

  get hasPassed(): boolean {
    return this.#hasPassed
  }

  /** How much time is left, in ms. Negative after the deadline. */
  get remainingMs(): number {
    return this.at - performance.now()
  }

  /** Settles as `promise` does, or rejects if the deadline passes first; `promise` is then ignored. */
  within<Value>(promise: Promise<Value>): Promise<Value> {
    return new Promise<Value>((resolve, reject) => this.wait(promise, resolve, reject))
  }

  /** The same for a caller with callbacks, one of which is called once. */
  protected wait<Value>(
    promise: Promise<Value>,
    resolve: (value: Value) => void,
    reject: (error: unknown) => void,
  ): void {
    if (this.#hasPassed) {
      promise.catch(ignore)
      return reject(this.lateError())
    }
    if (this.#reject === undefined) this.#reject = reject
    else (this.#others ??= new Set()).add(reject)
    promise.then(
      (value) => {
        if (this.#stopsWaiting(reject)) resolve(value)
      },
      (error: unknown) => {
        if (this.#stopsWaiting(reject)) reject(error)
      },
    )
  }

  /** Whether this one was still waiting. */
  #stopsWaiting(reject: Reject): boolean {
    if (this.#reject !== reject) return this.#others?.delete(reject) === true
    this.#reject = undefined
    return true
  }

  /** For `Deadlines`. */
  pass(): void {
    this.#hasPassed = true
    for (const reject of [this.#reject, ...(this.#others ?? [])]) reject?.(this.lateError())
    this.#reject = undefined
    this.#others = undefined
  }
}

/** A timer that fires this much late means that the process was stalled. */
const stallMs = 50
const secondLookMs = 100

/** Deadlines of one common length on a single timer, because a timer for each store call costs more than the call. */
export class Deadlines {
  readonly #lengthMs: number
  /** In the order in which they pass. */
  readonly #running = new Set<Deadline>()
  #timer: NodeJS.Timeout | undefined

  constructor(lengthMs: number) {
    this.#lengthMs = lengthMs
  }

  /** When a deadline that starts now will pass. */
  next(): number {
    return performance.now() + this.#lengthMs
  }

  start(deadline: Deadline): void {
    this.#running.add(deadline)
    if (this.#timer === undefined) this.#wait(this.#lengthMs)
  }

  finish(deadline: Deadline): void {
    this.#running.delete(deadline)
  }

  #wait(ms: number): void {
    const due = performance.now() + ms
    const sweep = (): void => this.#sweep()
    this.#timer = setTimeout(() => {
      // Replies may be in the socket already: let Node read them before anything counts as late. After a stall, the commands may
      // not even have been sent, so wait a little longer.
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

function ignore(): void {}
