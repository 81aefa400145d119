import { SesseraError, StoreUnavailableError } from '../errors.js'
import type { Handle, RemoveResult, ReplaceResult, SessionStore, StoredRecord } from '../store.js'
import { Breaker } from './breaker.js'
import { Deadlines, type Deadline } from './deadlines.js'
import { emitEvent } from './events.js'

/**
 * A store that always answers in time. Each operation has one deadline over all its calls, a breaker spares a store that keeps
 * failing, and whatever goes wrong rejects with a `SesseraError`.
 */
export class GuardedStore {
  readonly #store: SessionStore
  readonly #deadlineMs: number
  readonly #deadlines: Deadlines
  readonly #breaker = new Breaker()
  #isReady: boolean

  constructor(store: SessionStore, deadlineMs: number) {
    this.#store = store
    this.#deadlineMs = deadlineMs
    this.#deadlines = new Deadlines(deadlineMs)
    this.#isReady = store.ready === undefined
  }

  /** Whole milliseconds, whatever the store's clock shows. */
  now(): number {
    return Math.floor(this.#store.now())
  }

  /** Runs one operation: calls to the store, one after the other, under one deadline. */
  async operate<Value>(operation: (calls: StoreCalls) => Promise<Value>): Promise<Value> {
    const deadline = this.#deadlines.start()
    try {
      if (!this.#isReady) await this.#becomeReady(deadline)
      return await operation(new StoreCalls(this, this.#store, deadline))
    } finally {
      this.#deadlines.finish(deadline)
    }
  }

  close(): Promise<void> {
    return this.#store.close()
  }

  /** Makes one call to the store. @internal */
  async call<Value>(deadline: Deadline, make: () => Promise<Value>): Promise<Value> {
    if (deadline.hasPassed) throw this.late()
    if (!this.#breaker.admits(performance.now())) {
      throw new StoreUnavailableError(
        'The session store keeps failing and is being given a rest; it is tried again within a second.',
      )
    }
    try {
      const answer = await deadline.race(make(), () => this.late())
      this.#breaker.succeeded()
      return answer
    } catch (error) {
      throw this.#failed(error)
    }
  }

  /** @internal */
  late(): StoreUnavailableError {
    return new StoreUnavailableError(`The session store did not answer within ${this.#deadlineMs} ms.`)
  }

  #failed(error: unknown): SesseraError {
    // A refusal of our own, such as of a record too large for the store, is an answer.
    if (SesseraError.is(error) && error.status !== 503) {
      this.#breaker.succeeded()
      return error
    }
    this.#breaker.failed(performance.now())
    emitEvent('store-failed', { error })
    return SesseraError.is(error)
      ? error
      : new StoreUnavailableError('The session store failed; its error is the cause.', error)
  }

  async #becomeReady(deadline: Deadline): Promise<void> {
    await this.call(deadline, async () => this.#store.ready?.())
    this.#isReady = true
  }
}

/** The verbs of the store under the deadline of one operation. */
export class StoreCalls {
  readonly #guard: GuardedStore
  readonly #store: SessionStore
  readonly #deadline: Deadline

  constructor(guard: GuardedStore, store: SessionStore, deadline: Deadline) {
    this.#guard = guard
    this.#store = store
    this.#deadline = deadline
  }

  /** Whole milliseconds, whatever the store's clock shows. */
  now(): number {
    return Math.floor(this.#store.now())
  }

  load(handle: Handle): Promise<StoredRecord | undefined> {
    return this.#guard.call(this.#deadline, async () => this.#store.load(handle))
  }

  insert(handle: Handle, text: string, lifetimeMs: number): Promise<string | undefined> {
    return this.#guard.call(this.#deadline, async () => this.#store.insert(handle, text, lifetimeMs))
  }

  replace(handle: Handle, expected: string, text: string, lifetimeMs: number): Promise<ReplaceResult> {
    return this.#guard.call(this.#deadline, async () => this.#store.replace(handle, expected, text, lifetimeMs))
  }

  remove(handle: Handle, expected?: string): Promise<RemoveResult> {
    return this.#guard.call(this.#deadline, async () => this.#store.remove(handle, expected))
  }

  /** Waits for something else under the same deadline. */
  within<Value>(promise: Promise<Value>): Promise<Value> {
    return this.#deadline.race(promise, () => this.#guard.late())
  }
}
