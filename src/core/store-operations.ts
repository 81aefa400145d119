import { CircuitBreakers } from '../engine/circuit-breakers.js'
import { Operation, Operations } from '../engine/operations.js'
import { RecordMismatchError, SesseraError } from '../errors.js'
import { emitEvent } from '../events.js'
import type { Handle, RemoveResult, ReplaceResult, SessionStore, StoredRecord } from '../store.js'

/** The methods of a `SessionStore`, under the deadline of one operation. */
export class StoreOperation extends Operation {
  readonly #store: SessionStore

  constructor(store: SessionStore, ...base: ConstructorParameters<typeof Operation>) {
    super(...base)
    this.#store = store
  }

  /** Whole milliseconds, also from a store whose clock has fractions. */
  now(): number {
    return Math.floor(this.#store.now())
  }

  load(handle: Handle): Promise<StoredRecord | undefined> {
    return this.#about(handle, async () => this.#store.load(handle))
  }

  insert(handle: Handle, text: string, lifetimeMs: number): Promise<string | undefined> {
    return this.#about(handle, async () => this.#store.insert(handle, text, lifetimeMs))
  }

  replace(handle: Handle, expected: string, text: string, lifetimeMs: number): Promise<ReplaceResult> {
    return this.#about(handle, async () => this.#store.replace(handle, expected, text, lifetimeMs))
  }

  /** `replace` for a write that only prolongs the session. */
  renew(handle: Handle, expected: string, text: string, lifetimeMs: number): Promise<ReplaceResult> {
    return this.#about(handle, async () => {
      const store = this.#store
      return store.renew?.(handle, expected, text, lifetimeMs) ?? store.replace(handle, expected, text, lifetimeMs)
    })
  }

  remove(handle: Handle, expected?: string): Promise<RemoveResult> {
    return this.#about(handle, async () => this.#store.remove(handle, expected))
  }

  /** The error for a record that the store returned for this handle and that belongs to another session. */
  mismatch(handle: Handle): RecordMismatchError {
    emitEvent('record-mismatch', { handle })
    this.#report(handle).catch(() => {}) // the record is refused anyway
    return new RecordMismatchError()
  }

  async #report(handle: Handle): Promise<void> {
    await (this.#store.reportMismatch?.(handle) as unknown)
  }

  /** A store that notices a reply to another call rejects with `RecordMismatchError` itself. */
  async #about<Value>(handle: Handle, call: () => Promise<Value>): Promise<Value> {
    try {
      return await this.call(call, handle)
    } catch (error) {
      if (SesseraError.is(error) && error.code === 'RECORD_MISMATCH') emitEvent('record-mismatch', { handle })
      throw error
    }
  }
}

/** All operations on one `SessionStore`. */
export class StoreOperations extends Operations<StoreOperation> {
  readonly #store: SessionStore
  #isReady: boolean

  constructor(store: SessionStore, deadlineMs: number) {
    super({
      deadlineMs,
      breakers: new CircuitBreakers(deadlineMs, store.shardOf && ((handle) => store.shardOf?.(handle as Handle))),
      make: (...base) => new StoreOperation(store, ...base),
    })
    this.#store = store
    this.#isReady = store.ready === undefined
  }

  /** Whole milliseconds, also from a store whose clock has fractions. */
  now(): number {
    return Math.floor(this.#store.now())
  }

  override run<Value>(work: (operation: StoreOperation) => Promise<Value>): Promise<Value> {
    if (this.#isReady) return super.run(work)
    return super.run(async (operation) => {
      await operation.call(async () => this.#store.ready?.())
      this.#isReady = true
      return work(operation)
    })
  }

  close(): Promise<void> {
    return this.#store.close()
  }
}
