import { Deadlines, type Deadline } from '../deadlines.js'
import { SesseraError, StoreUnavailableError } from '../errors.js'
import { Breaker } from './breaker.js'
import { emitEvent } from './events.js'

/**
 * Makes calls to a store that may hang or fail always answer in time. Each operation has one deadline over all its calls, a
 * breaker spares a store that keeps failing, and whatever goes wrong rejects with a `SesseraError`.
 */
export class Guard {
  readonly #deadlineMs: number
  readonly #deadlines: Deadlines
  readonly #breaker = new Breaker()
  #lastFailure: SesseraError | undefined

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
        this.#lastFailure,
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

  #failed(cause: unknown): SesseraError {
    const error = SesseraError.is(cause) ? cause : new StoreUnavailableError(failedBy(cause), cause)
    // A refusal of our own, such as of a record too large for the store, is an answer.
    if (error.status !== 503) {
      this.#breaker.succeeded()
      return error
    }
    // Nor is a store that refuses one thing to be spared the others: a full one can still be read, and signed out of.
    if ((error as Partial<StoreUnavailableError>).answered === true) this.#breaker.succeeded()
    else {
      this.#breaker.failed(performance.now())
      this.#lastFailure = error
    }
    emitEvent('store-failed', { error: cause })
    return error
  }
}

/** The calls of one operation. */
export interface GuardedCalls {
  /** Makes one call to the store. */
  make<Value>(call: () => Promise<Value>): Promise<Value>
  /** Waits for something else under the same deadline. */
  within<Value>(promise: Promise<Value>): Promise<Value>
}

/** Names the cause, where it has a name: its message may contain what was to be stored. */
function failedBy(cause: unknown): string {
  const { code, name } = (cause ?? {}) as { readonly code?: unknown; readonly name?: unknown }
  const isName = (word: unknown): word is string => typeof word === 'string' && /^\w{2,50}$/.test(word)
  const known = [code, name].filter(isName).find((word) => word !== 'Error')
  return `The session store failed${known === undefined ? '' : ` (${known})`}; its error is the cause.`
}
