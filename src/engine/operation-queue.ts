import { StoreUnavailableError } from '../errors.js'
import { FloatingPromises } from './floating-promises.js'
import type { Operation, Operations } from './operations.js'
import { reportUnhandled } from './unhandled-errors.js'

/** Runs the operations of one request one after the other, whether or not its handler awaits them. */
export class OperationQueue<Kind extends Operation = Operation> {
  readonly #operations: Operations<Kind>
  readonly #promises = new FloatingPromises()
  #last: Promise<void> | undefined
  #failure: { readonly error: unknown } | undefined
  #silence: Error | undefined
  #closedBy: Error | undefined
  #mayRetry = true

  /** Called with an error that the handler awaited and did not handle, in a framework that ignores its handlers' promises. */
  onUnhandledError: ((error: unknown) => void) | undefined

  constructor(operations: Operations<Kind>) {
    this.#operations = operations
  }

  /** What the last operation failed with; `undefined` if it succeeded. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure
  }

  /** The error of an operation that got no answer for a whole deadline. A request waits for a silent store only once. */
  get silence(): Error | undefined {
    return this.#silence
  }

  /** Whether nothing is pending and every rejected promise was awaited. */
  get isSettled(): boolean {
    return this.#promises.isSettled
  }

  /**
   * Runs an operation after those before it. Its deadline includes the time in the queue. After silence it rejects at once, but an
   * operation that must not be lost, such as a sign-out, may try `'once more'`.
   */
  add<Value>(work: (operation: Kind) => Promise<Value>, afterSilence?: 'once more'): Promise<Value> {
    const before = this.#last
    const running = this.#operations.run(async (operation) => {
      // Always a tick later, so that one operation stores all changes that the handler makes together.
      await (before && operation.within(before))
      this.assertOpen()
      this.#assertNotSilent(afterSilence)
      return work(operation)
    })
    this.#last = running.then(
      () => {
        this.#failure = undefined
        this.#silence = undefined
      },
      (error: unknown) => {
        this.#failure = { error }
        if (isSilence(error)) this.#silence ??= error
      },
    )
    return running
  }

  /** Makes every further operation reject with this error. */
  close(error: Error): void {
    this.#closedBy = error
  }

  assertOpen(): void {
    if (this.#closedBy !== undefined) throw this.#closedBy
  }

  /** The promise to give to the handler. If it rejects and nobody awaits it, `settled()` rejects too. */
  float<Value>(work: Promise<Value>): Promise<Value> {
    work.catch((error: unknown) => this.#report(error))
    return this.#promises.add(work)
  }

  /** Makes `settled()` wait for this, too. The caller handles its error. */
  track(work: Promise<unknown>): void {
    void this.#promises.add(work.catch((error: unknown) => this.#report(error)))
  }

  /** Resolves when everything is done. Rejects with an error that nobody else handles. */
  settled(): Promise<void> {
    return this.#promises.settled()
  }

  #assertNotSilent(afterSilence: 'once more' | undefined): void {
    if (this.#silence === undefined) return
    if (afterSilence === undefined || !this.#mayRetry) {
      throw new StoreUnavailableError(
        'The session store did not answer an earlier call of this request, so it was not called again.',
        this.#silence,
      )
    }
    this.#mayRetry = false
  }

  #report(error: unknown): void {
    if (this.onUnhandledError !== undefined) reportUnhandled(error, this.onUnhandledError)
  }
}

/** Not by `instanceof`: a store may come from another copy of this package, and so its errors. */
function isSilence(error: unknown): error is Error {
  return error instanceof Error && 'reason' in error && error.reason === 'silent'
}
