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
  readonly #failures: Failure[] = []

  get failures(): readonly unknown[] {
    return this.#failures.map(({ error }) => error)
  }

  /** Whether there is nothing to wait for and nothing to be told. */
  get isSettled(): boolean {
    return this.#underWay.size === 0 && this.#failures.every(({ promise }) => promise.isAwaited)
  }

  give<Value>(work: Promise<Value>): Promise<Value> {
    const promise = new ToldPromise<Value>((resolve) => {
      resolve(work)
    })
    const over = work
      .then(
        () => {},
        (error: unknown) => void this.#failures.push({ promise, error }),
      )
      .finally(() => this.#underWay.delete(over))
    this.#underWay.add(over)
    // Nobody need listen. Not by its own `then`, as this is not waiting.
    void Promise.prototype.then.call(promise, undefined, () => {})
    return promise
  }

  /** Waits for those under way. Rejects when one of them fails, or one before has failed that nobody waited for. */
  async settled(): Promise<void> {
    const told = this.#failures.filter(({ promise }) => promise.isAwaited)
    await Promise.all(this.#underWay)
    const untold = this.#failures.find((failure) => !told.includes(failure))
    if (untold !== undefined) throw untold.error
  }
}
