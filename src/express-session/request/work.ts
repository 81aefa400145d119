import { OperationQueue } from '../../engine/operation-queue.js'
import type { Operation, Operations } from '../../engine/operations.js'
import { SessionEndedError } from '../../errors.js'
import type { Keeper } from '../repositories/repository.js'

/** What one request does with its sessions: one operation after the other, and the response after all of them. */
export class Work {
  readonly #operations: Operations
  readonly #queue: OperationQueue

  constructor({ operations }: Keeper) {
    this.#operations = operations
    this.#queue = new OperationQueue(operations)
  }

  /** Runs an operation after those before it. */
  inOrder<Value>(work: (operation: Operation) => Promise<Value>, afterSilence?: 'once more'): Promise<Value> {
    return this.#queue.add(work, afterSilence)
  }

  get hasFoundSilence(): boolean {
    return this.#queue.silence !== undefined
  }

  /** Like `inOrder`, and the response waits for it. The caller handles its error. */
  tracked(work: (operation: Operation) => Promise<void>, afterSilence?: 'once more'): Promise<void> {
    const running = this.inOrder(work, afterSilence)
    this.#queue.hold(running)
    return running
  }

  onUnhandledError(report: (error: unknown) => void): void {
    this.#queue.onUnhandledError = report
  }

  /** A promise for the handler. If it rejects and the handler does not await it, the response fails. */
  answerFor(work: Promise<void>): Promise<void> {
    return this.#queue.float(work)
  }

  /** Makes every further operation reject with this error. */
  refuse(error: Error): void {
    this.#queue.refuse(error)
  }

  assertAllowed(): void {
    this.#queue.assertOpen()
  }

  get isRefused(): boolean {
    return this.#queue.isRefused
  }

  /** What the last operation failed with. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#queue.failure
  }

  /** Whether nothing is pending and every rejection has reached somebody. */
  get isSettled(): boolean {
    return this.#queue.isSettled
  }

  /** Runs `act` when everything pending is done, all together within one deadline. Rejects with an error that nobody else awaits. */
  whenSettled<Value>(act: () => Value | Promise<Value>): Promise<Value> {
    return this.#operations.run(async (operation) => {
      await operation.within(this.#settled())
      return operation.within(Promise.resolve(act()))
    })
  }

  /** The same, but runs `act` also after such an error, which goes to `onFailure`. */
  whenOver<Value>(onFailure: (error: unknown) => void, act: () => Promise<Value>): Promise<Value> {
    return this.#operations.run(async (operation) => {
      await operation.within(this.#settled()).catch(onFailure)
      return act()
    })
  }

  /** That a session was ended meanwhile is no failure of the response. */
  async #settled(): Promise<void> {
    await this.#queue.settled().catch((error: unknown) => {
      if (!(error instanceof SessionEndedError)) throw error
    })
  }
}
