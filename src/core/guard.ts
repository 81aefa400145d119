import { SesseraError, StoreUnavailableError } from '../errors.js'
import { Breaker } from './breaker.js'
import { Deadlines, type Deadline } from './deadlines.js'
import { emitEvent } from './events.js'

/**
 * Makes calls to a store that may hang or fail always answer in time. Each operation has one deadline over all its calls, a
 * breaker spares a store that keeps failing, and whatever goes wrong rejects with a `SesseraError`.
 */
export class Guard {
  readonly #deadlineMs: number
  readonly #deadlines: Deadlines
  readonly #breaker = new Breaker()

  constructor(deadlineMs: number) {
    this.#deadlineMs = deadlineMs
    this.#deadlines = new Deadlines(deadlineMs)
  }

  /** Runs one operation: calls to the store, one after the other, under one deadline. */
  async operate<Value>(operation: (calls: GuardedCalls) => Promise<Value>): Promise<Value> {
    const deadline = this.#deadlines.start()
    try {
      return await operation({
        make: (call) => this.#make(deadline, call),
        within: (promise) => deadline.race(promise, () => this.#late()),
      })
    } finally {
      this.#deadlines.finish(deadline)
    }
  }

  async #make<Value>(deadline: Deadline, call: () => Promise<Value>): Promise<Value> {
    if (deadline.hasPassed) throw this.#late()
    if (!this.#breaker.admits(performance.now())) {
      throw new StoreUnavailableError(
        'The session store keeps failing and is being given a rest; it is tried again within a second.',
      )
    }
    try {
      const answer = await deadline.race(call(), () => this.#late())
      this.#breaker.succeeded()
      return answer
    } catch (error) {
      throw this.#failed(error)
    }
  }

  #late(): StoreUnavailableError {
    return new StoreUnavailableError(`The session store did not answer within ${this.#deadlineMs} ms.`)
  }

  #failed(error: unknown): SesseraError {
    // A refusal of our own, such as of a record too large for the store, is an answer.
    if (SesseraError.is(error) && error.status !== 503) {
      this.#breaker.succeeded()
      return error
    }
    // Nor is a store that refuses one thing to be spared the others: a full one can still be read, and signed out of.
    if (SesseraError.is(error) && (error as Partial<StoreUnavailableError>).answered === true) this.#breaker.succeeded()
    else this.#breaker.failed(performance.now())
    emitEvent('store-failed', { error })
    return SesseraError.is(error)
      ? error
      : new StoreUnavailableError('The session store failed; its error is the cause.', error)
  }
}

/** The calls of one operation. */
export interface GuardedCalls {
  /** Makes one call to the store. */
  make<Value>(call: () => Promise<Value>): Promise<Value>
  /** Waits for something else under the same deadline. */
  within<Value>(promise: Promise<Value>): Promise<Value>
}
