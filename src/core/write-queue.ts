import { StoreUnavailableError } from '../errors.js'
import type { GuardedStore, StoreCalls } from './guarded-store.js'

/** A promise that knows whether anybody waits for it. */
class ToldPromise<Value> extends Promise<Value> {
  isAwaited = false

  // What `then` makes is a plain one.
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  // oxlint-disable-next-line unicorn/no-thenable -- It is a promise.
  override then<Next = Value, Other = never>(
    onResolved?: ((value: Value) => Next | PromiseLike<Next>) | null,
    onRejected?: ((reason: unknown) => Other | PromiseLike<Other>) | null,
  ): Promise<Next | Other> {
    this.isAwaited = true
    return super.then(onResolved, onRejected)
  }
}

interface Failure {
  readonly promise: ToldPromise<unknown>
  readonly error: unknown
}

/**
 * The writes that the handler of one request asks for itself: one after the other, whether or not it waits for them, each within
 * the deadline from the moment it is asked for. What fails is told to whoever waits for it, else to the commit: a forgotten `await`
 * must not look like a success, nor end the process.
 */
export class WriteQueue {
  readonly #store: GuardedStore
  #last: Promise<void> | undefined
  readonly #failures: Failure[] = []

  constructor(store: GuardedStore) {
    this.#store = store
  }

  /** Whether the store failed in one of them: the next answer of the handler, or of an error handler, is likely about that. */
  get foundStoreUnavailable(): boolean {
    return this.#failures.some(({ error }) => error instanceof StoreUnavailableError)
  }

  run<Value>(write: (calls: StoreCalls) => Promise<Value>): Promise<Value> {
    const before = this.#last
    const work = this.#store.operate(async (calls) => {
      if (before !== undefined) await calls.within(before)
      return write(calls)
    })
    const promise = new ToldPromise<Value>((resolve) => {
      resolve(work)
    })
    const last = work
      .then(
        () => {},
        (error: unknown) => void this.#failures.push({ promise, error }),
      )
      .then(() => {
        if (this.#last === last) this.#last = undefined
      })
    this.#last = last
    // Where nobody listens, the commit does. Not by its own `then`, as this is not waiting.
    void Promise.prototype.then.call(promise, undefined, () => {})
    return promise
  }

  /**
   * To be called when the response begins. Waits for those under way, if any, and rejects when one of them fails, or one before has
   * failed that nobody waited for.
   */
  settled(): Promise<void> | undefined {
    const told = this.#failures.filter(({ promise }) => promise.isAwaited)
    const check = (): void => {
      const untold = this.#failures.find((failure) => !told.includes(failure))
      if (untold !== undefined) throw untold.error
    }
    if (this.#last !== undefined) return this.#last.then(check)
    return this.#failures.length > told.length ? Promise.resolve().then(check) : undefined
  }
}
