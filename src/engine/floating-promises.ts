import { setImmediate } from './timers.js'

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
 * Promises for the code of an application. What fails is told to whoever waits for it, else to whoever asks for `settled`: a forgotten
 * `await` must not look like a success, nor end the process.
 */
export class ToldPromises {
  readonly #underWay = new Set<Promise<void>>()
  #failures: Failure[] = []
  #settling: Promise<void> | undefined

  /** Whether there is nothing to wait for and nothing to be told. */
  get isSettled(): boolean {
    return this.#underWay.size === 0 && this.#untold().length === 0
  }

  give<Value>(work: Promise<Value>): Promise<Value> {
    const promise = new ToldPromise<Value>((resolve) => {
      resolve(work.catch((error: unknown) => this.#tellLast(error)))
    })
    const note = (error: unknown): void => {
      this.#failures = [...this.#untold(), { promise, error }]
    }
    const over = work.then(() => {}, note).finally(() => this.#underWay.delete(over))
    this.#underWay.add(over)
    // Nobody need listen. Not by its own `then`, as this is not waiting.
    void Promise.prototype.then.call(promise, undefined, () => {})
    return promise
  }

  /** Waits for those under way. Rejects when one of them fails, or one before has failed that nobody waited for. */
  settled(): Promise<void> {
    return (this.#settling = this.#settle())
  }

  async #settle(): Promise<void> {
    const told = new Set(this.#failures.filter(({ promise }) => promise.isAwaited))
    await Promise.all(this.#underWay)
    const untold = this.#failures.find((failure) => !told.has(failure))
    if (untold !== undefined) throw untold.error
  }

  #untold(): Failure[] {
    return this.#failures.filter(({ promise }) => !promise.isAwaited)
  }

  /** Whoever settles is told first: a response must have been taken back before its handler fails on the same. */
  async #tellLast(error: unknown): Promise<never> {
    await this.#settling?.catch(() => {})
    if (this.#settling !== undefined) await new Promise((resolve) => void setImmediate(resolve))
    throw error
  }
}
