import { OperationQueue } from '../../engine/operation-queue.js'
import type { Operation, Operations } from '../../engine/operations.js'

/**
 * The operation queue of one request. Most requests run one operation at a time and give no promise to their handler, for which they need
 * no queue; it is made when something needs it.
 */
export class LazyQueue {
  readonly #operations: Operations
  #queue: OperationQueue | undefined
  /** The operation that runs without the queue. */
  #alone: Promise<unknown> | undefined
  /** The same operation, once the queue waits for it. */
  #queued: Promise<unknown> | undefined

  /** As in `OperationQueue`. To be set before the queue is used. */
  onUnhandledError: ((error: unknown) => void) | undefined

  constructor(operations: Operations) {
    this.#operations = operations
  }

  get failure(): { readonly error: unknown } | undefined {
    return this.#queue?.failure
  }

  get silence(): Error | undefined {
    return this.#queue?.silence
  }

  get isSettled(): boolean {
    return this.#queue?.isSettled ?? true
  }

  /** The queue itself. */
  made(): OperationQueue {
    return (this.#queue ??= this.#make())
  }

  /** Runs an operation after those before it. Its caller handles its error, and the handler does not learn of it. */
  run<Value>(work: (operation: Operation) => Promise<Value>): Promise<Value> {
    if (this.#queue !== undefined || this.#alone !== undefined) return this.made().add(work)
    const running = this.#operations.run(work)
    this.#alone = running
    return running.then(
      (value) => {
        this.#alone = undefined
        return value
      },
      (error: unknown) => this.#fail(error),
    )
  }

  assertOpen(): void {
    this.#queue?.assertOpen()
  }

  async settled(): Promise<void> {
    await this.#queue?.settled()
  }

  #make(): OperationQueue {
    const queue = new OperationQueue(this.#operations)
    queue.onUnhandledError = this.onUnhandledError
    const alone = this.#alone
    if (alone !== undefined) {
      this.#queued = queue.add(() => alone)
      this.#queued.catch(() => {}) // its caller handles it
    }
    return queue
  }

  /** The queue remembers how its last operation failed. */
  #fail(error: unknown): Promise<never> {
    this.#alone = undefined
    return (this.#queued as Promise<never> | undefined) ?? this.made().add(() => Promise.reject(error))
  }
}
