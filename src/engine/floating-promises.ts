import { setImmediate } from './timers.js'

/** A promise that knows whether anybody awaits it. */
class FloatingPromise<Value> extends Promise<Value> {
  isAwaited = false

  // `then` returns plain promises.
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
  readonly promise: FloatingPromise<unknown>
  readonly error: unknown
}

/**
 * Promises that an application may forget to await. If nobody awaits one that rejects, `settled()` rejects with its error. So a forgotten
 * `await` neither looks like a success nor ends the process.
 */
export class FloatingPromises {
  readonly #pending = new Set<Promise<void>>()
  #failures: Failure[] = []
  #settling: Promise<void> | undefined

  /** Whether nothing is pending and every rejected promise was awaited. */
  get isSettled(): boolean {
    return this.#pending.size === 0 && this.#unawaited().length === 0
  }

  /** The promise to give to the application. */
  add<Value>(work: Promise<Value>): Promise<Value> {
    const promise = new FloatingPromise<Value>((resolve) => {
      resolve(work.catch((error: unknown) => this.#rejectLast(error)))
    })
    const note = (error: unknown): void => {
      this.#failures = [...this.#unawaited(), { promise, error }]
    }
    const over = work.then(() => {}, note).finally(() => this.#pending.delete(over))
    this.#pending.add(over)
    // No unhandled rejection. Not by the promise's own `then`, as this does not count as awaiting it.
    void Promise.prototype.then.call(promise, undefined, () => {})
    return promise
  }

  /** Waits for the pending promises. Rejects if one of them rejects, or with an earlier error that nobody awaited. */
  settled(): Promise<void> {
    return (this.#settling = this.#settle())
  }

  async #settle(): Promise<void> {
    const awaited = new Set(this.#failures.filter(({ promise }) => promise.isAwaited))
    await Promise.all(this.#pending)
    const failure = this.#failures.find((each) => !awaited.has(each))
    if (failure !== undefined) throw failure.error
  }

  #unawaited(): Failure[] {
    return this.#failures.filter(({ promise }) => !promise.isAwaited)
  }

  /** `settled()` rejects first: the response must be withdrawn before its handler fails with the same error. */
  async #rejectLast(error: unknown): Promise<never> {
    await this.#settling?.catch(() => {})
    if (this.#settling !== undefined) await new Promise((resolve) => void setImmediate(resolve))
    throw error
  }
}
