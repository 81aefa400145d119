import { performance, setImmediate, setTimeout } from './timers.js'

type Reject = (error: unknown) => void

/** The point in time by which something must be done, started by `Deadlines`. */
export class Deadline {
  /** When it passes, by `performance.now()`. */
  readonly at: number
  /** Makes the error for work that is late. */
  readonly lateError: () => Error
  /** Its neighbours among those that run. For `Deadlines`. */
  earlier: Deadline | undefined
  later: Deadline | undefined
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
    return new Promise<Value>((resolve, reject) => {
      const fail: Reject = (error) => {
        if (this.stopWaiting(fail)) reject(error)
      }
      this.startWaiting(fail)
      promise.then((value) => {
        if (this.stopWaiting(fail)) resolve(value)
      }, fail)
    })
  }

  /** Calls `fail` with the error for late work when the deadline passes, or at once if it has. */
  protected startWaiting(fail: Reject): void {
    if (this.#reject === undefined) this.#reject = fail
    else (this.#others ??= new Set()).add(fail)
    if (this.#hasPassed) fail(this.lateError())
  }

  /** Returns whether this one was still waiting. */
  protected stopWaiting(fail: Reject): boolean {
    if (this.#reject !== fail) return this.#others?.delete(fail) === true
    this.#reject = undefined
    return true
  }

  /** For `Deadlines`. */
  pass(): void {
    this.#hasPassed = true
    for (const fail of [this.#reject, ...(this.#others ?? [])]) fail?.(this.lateError())
  }
}

/** A timer that fires this much late means that the process was stalled. */
const stallMs = 50
const secondLookMs = 100

/** Deadlines of one common length on a single timer, because a timer for each store call costs more than the call. */
export class Deadlines {
  readonly #lengthMs: number
  /** Of those that run, in the order in which they pass. Each knows its neighbours, because adding to a set and deleting costs more than that. */
  #first: Deadline | undefined
  #last: Deadline | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(lengthMs: number) {
    this.#lengthMs = lengthMs
  }

  /** When a deadline that starts now will pass. */
  next(): number {
    return performance.now() + this.#lengthMs
  }

  start(deadline: Deadline): void {
    deadline.earlier = this.#last
    if (this.#last === undefined) this.#first = deadline
    else this.#last.later = deadline
    this.#last = deadline
    if (this.#timer === undefined) this.#wait(this.#lengthMs)
  }

  /** Once is enough; another time, or after it has passed, changes nothing. */
  finish(deadline: Deadline): void {
    const { earlier, later } = deadline
    if (earlier !== undefined) earlier.later = later
    else if (this.#first === deadline) this.#first = later
    else return
    if (later !== undefined) later.earlier = earlier
    else this.#last = earlier
    deadline.earlier = undefined
    deadline.later = undefined
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
    for (let deadline = this.#first; deadline !== undefined; deadline = this.#first) {
      if (deadline.at > now) return this.#wait(Math.ceil(deadline.at - now))
      this.finish(deadline)
      deadline.pass()
    }
  }
}
