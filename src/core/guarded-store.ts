import { RecordMismatchError, SesseraError } from '../errors.js'
import type { Handle, RemoveResult, ReplaceResult, SessionStore, StoredRecord } from '../store.js'
import { emitEvent } from '../events.js'
import { Guard, type GuardedCalls } from '../engine/operations.js'

/** A store behind a guard: it always answers in time. */
export class GuardedStore {
  readonly #store: SessionStore
  readonly #guard: Guard
  #isReady: boolean

  constructor(store: SessionStore, deadlineMs: number) {
    this.#store = store
    this.#guard = new Guard(deadlineMs, store.shardOf && ((handle) => store.shardOf?.(handle as Handle)))
    this.#isReady = store.ready === undefined
  }

  /** Whole milliseconds, whatever the store's clock shows. */
  now(): number {
    return Math.floor(this.#store.now())
  }

  /** Runs one operation: calls to the store, one after the other, under one deadline. */
  operate<Value>(operation: (calls: StoreCalls) => Promise<Value>): Promise<Value> {
    return this.#guard.operate(async (calls) => {
      if (!this.#isReady) await this.#becomeReady(calls)
      return operation(new StoreCalls(this.#store, calls))
    })
  }

  close(): Promise<void> {
    return this.#store.close()
  }

  async #becomeReady(calls: GuardedCalls): Promise<void> {
    await calls.make(async () => this.#store.ready?.())
    this.#isReady = true
  }
}

/** The verbs of the store under the deadline of one operation. */
export class StoreCalls {
  readonly #store: SessionStore
  readonly #calls: GuardedCalls

  constructor(store: SessionStore, calls: GuardedCalls) {
    this.#store = store
    this.#calls = calls
  }

  /** Whole milliseconds, whatever the store's clock shows. */
  now(): number {
    return Math.floor(this.#store.now())
  }

  load(handle: Handle): Promise<StoredRecord | undefined> {
    return this.#make(handle, () => this.#store.load(handle))
  }

  insert(handle: Handle, text: string, lifetimeMs: number): Promise<string | undefined> {
    return this.#make(handle, () => this.#store.insert(handle, text, lifetimeMs))
  }

  replace(handle: Handle, expected: string, text: string, lifetimeMs: number): Promise<ReplaceResult> {
    return this.#make(handle, () => this.#store.replace(handle, expected, text, lifetimeMs))
  }

  /** For a write that brings nothing new but the time. */
  renew(handle: Handle, expected: string, text: string, lifetimeMs: number): Promise<ReplaceResult> {
    return this.#make(handle, () => {
      const store = this.#store
      return store.renew?.(handle, expected, text, lifetimeMs) ?? store.replace(handle, expected, text, lifetimeMs)
    })
  }

  remove(handle: Handle, expected?: string): Promise<RemoveResult> {
    return this.#make(handle, () => this.#store.remove(handle, expected))
  }

  /** Waits for something else under the same deadline. */
  within<Value>(promise: Promise<Value>): Promise<Value> {
    return this.#calls.within(promise)
  }

  /** How much time is left, in ms. */
  remainingMs(): number {
    return this.#calls.remainingMs()
  }

  /** The error for a record that the store gave for this handle, and that says it belongs to another one. */
  mismatch(handle: Handle): RecordMismatchError {
    emitEvent('record-mismatch', { handle })
    this.#reportMismatch(handle).catch(() => {}) // whatever it does, the answer is refused
    return new RecordMismatchError()
  }

  async #reportMismatch(handle: Handle): Promise<void> {
    await (this.#store.reportMismatch?.(handle) as unknown)
  }

  /** Stores that see by themselves that an answer is about something else reject with `RecordMismatchError`. */
  async #make<Value>(handle: Handle, call: () => Promise<Value>): Promise<Value> {
    try {
      return await this.#calls.make(async () => call(), handle)
    } catch (error) {
      if (SesseraError.is(error) && error.code === 'RECORD_MISMATCH') emitEvent('record-mismatch', { handle })
      throw error
    }
  }
}
