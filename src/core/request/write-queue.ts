import { SesseraError } from '../../errors.js'
import { tellWhenLost } from '../../engine/unhandled-errors.js'
import { ToldPromises } from '../../engine/floating-promises.js'
import type { GuardedStore, StoreCalls } from '../guarded-store.js'

/**
 * The writes that the handler of one request asks for itself: one after the other, whether or not it waits for them, each within
 * the deadline from the moment it is asked for.
 */
export class WriteQueue {
  readonly #store: GuardedStore
  readonly #promises = new ToldPromises()
  #last: Promise<void> | undefined
  #foundStoreUnavailable = false
  #silence: Error | undefined

  /** Who is to be told of what fails, where a handler waits for that and nobody for the handler. */
  tellLost: ((error: unknown) => void) | undefined

  constructor(store: GuardedStore) {
    this.#store = store
  }

  /** Whether the store failed in one of them: the next answer of the handler, or of an error handler, is likely about that. */
  get foundStoreUnavailable(): boolean {
    return this.#foundStoreUnavailable
  }

  /** The error that the store stayed silent with for a whole deadline: this request waits for it no more. */
  get silence(): Error | undefined {
    return this.#silence
  }

  run<Value>(write: (calls: StoreCalls) => Promise<Value>): Promise<Value> {
    if (this.#silence !== undefined) return this.give(Promise.reject(this.#silence))
    const before = this.#last
    const work = this.#store.operate(async (calls) => {
      if (before !== undefined) await calls.within(before)
      return write(calls)
    })
    this.#last = work.then(
      () => {},
      (error: unknown) => {
        if (SesseraError.is(error) && error.status === 503) this.#foundStoreUnavailable = true
        if (error instanceof Error && 'reason' in error && error.reason === 'silent') this.#silence ??= error
        this.#noteLost(error)
      },
    )
    return this.#promises.give(work)
  }

  /** What came of something that is not to be written at all. */
  give<Value>(work: Promise<Value>): Promise<Value> {
    work.catch((error: unknown) => this.#noteLost(error))
    return this.#promises.give(work)
  }

  #noteLost(error: unknown): void {
    if (this.tellLost !== undefined) tellWhenLost(error, this.tellLost)
  }

  /** To be called when the response begins: waits for those under way, if any, and rejects with what nobody else is told of. */
  settled(): Promise<void> | undefined {
    return this.#promises.isSettled ? undefined : this.#promises.settled()
  }
}
