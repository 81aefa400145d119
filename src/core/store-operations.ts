import { CircuitBreakers, type AdmittedCall } from '../engine/circuit-breakers.js'
import { Operation, Operations } from '../engine/operations.js'
import { RecordMismatchError, SesseraError, UnsupportedByStoreError } from '../errors.js'
import { emitEvent } from '../events.js'
import type { EndReports } from './ends/end-reports.js'
import type { Policy } from './policy.js'
import { Marks } from './record/marks.js'
import type {
  Handle,
  HandlePage,
  RemoveResult,
  ReplaceResult,
  SessionStore,
  StoredRecord,
  UserIndex,
  UserJournal,
} from '../store.js'

/** A store's index of users, under the deadline of one operation. */
export type UserCalls = Omit<UserIndex, 'moment'>

/** The methods of a `SessionStore`, under the deadline of one operation. */
export class StoreOperation extends Operation {
  readonly policy: Policy
  /** What has happened to sessions is reported here, once it is stored. */
  readonly ends: EndReports
  readonly marks: Marks
  readonly #store: SessionStore

  constructor(
    store: SessionStore,
    policy: Policy,
    ends: EndReports,
    marks: Marks,
    ...[at, lateError, breakers]: ConstructorParameters<typeof Operation>
  ) {
    super(at, lateError, breakers)
    this.#store = store
    this.policy = policy
    this.ends = ends
    this.marks = marks
  }

  /** The store's clock in whole milliseconds. */
  now(): number {
    return Math.floor(this.#store.now())
  }

  load(handle: Handle): Promise<StoredRecord | undefined> {
    return this.call(() => this.#store.load(handle), handle)
  }

  insert(handle: Handle, text: string, lifetimeMs: number): Promise<string | undefined> {
    return this.call(() => this.#store.insert(handle, text, lifetimeMs), handle)
  }

  replace(handle: Handle, expected: string, text: string, lifetimeMs: number): Promise<ReplaceResult> {
    return this.call(() => this.#store.replace(handle, expected, text, lifetimeMs), handle)
  }

  /** `replace` for a write that only extends the session. */
  renew(handle: Handle, expected: string, text: string, lifetimeMs: number): Promise<ReplaceResult> {
    const store = this.#store
    const renew = store.renew ?? store.replace
    return this.call(() => renew.call(store, handle, expected, text, lifetimeMs), handle)
  }

  remove(handle: Handle, expected?: string): Promise<RemoveResult> {
    return this.call(() => this.#store.remove(handle, expected), handle)
  }

  /** The index of users, under the same deadline; `undefined` if the store has none. */
  get users(): UserCalls | undefined {
    const { users } = this.#store
    if (users === undefined) return undefined
    return {
      seesRecords: users.seesRecords,
      add: (userId, entry) => this.call(() => users.add(userId, entry)),
      revoke: (userId) => this.call(() => users.revoke(userId)),
      list: (userId, after) => this.call(() => users.list(userId, after)),
      drop: (userId, handles) => this.call(() => users.drop(userId, handles)),
    }
  }

  /** The journals, under the same deadline; `undefined` if the store has none. */
  get journal(): UserJournal | undefined {
    const { journal } = this.#store
    if (journal === undefined) return undefined
    return {
      append: (...entry) => this.call(() => journal.append(...entry)),
      read: (userId) => this.call(() => journal.read(userId)),
      clear: (userId) => this.call(() => journal.clear(userId)),
    }
  }

  /** A page of all sessions. Throws `UnsupportedByStoreError` if the store cannot list them. */
  list(after: string | undefined): Promise<HandlePage> {
    const store = this.#store
    if (store.list === undefined) throw new UnsupportedByStoreError('list all sessions', 'list')
    return this.call(async () => store.list?.(after) ?? { handles: [], after: undefined })
  }

  /** The error if the store returned another session's record for this handle. */
  mismatch(handle: Handle): RecordMismatchError {
    emitEvent('record-mismatch', { handle })
    this.#report(handle).catch(() => {}) // the record is not used anyway
    return new RecordMismatchError()
  }

  async #report(handle: Handle): Promise<void> {
    await (this.#store.reportMismatch?.(handle) as unknown)
  }

  /** The store itself may notice that a reply belongs to another call. Then it rejects with `RecordMismatchError`. */
  protected override failure(call: AdmittedCall, cause: unknown): unknown {
    const error = super.failure(call, cause)
    const isMismatch = SesseraError.is(error) && error.code === 'RECORD_MISMATCH'
    if (isMismatch) emitEvent('record-mismatch', { handle: call.session as Handle })
    return error
  }
}

/** All operations on one `SessionStore`, for sessions with one policy. */
export class StoreOperations extends Operations<StoreOperation> {
  readonly policy: Policy
  readonly #store: SessionStore
  #isReady: boolean

  constructor(store: SessionStore, policy: Policy, ends: EndReports) {
    const { deadlineMs } = policy
    const marks = new Marks()
    super({
      deadlineMs,
      breakers: new CircuitBreakers(deadlineMs, store.shardOf && ((handle) => store.shardOf?.(handle as Handle))),
      make: (at, lateError, circuits) => new StoreOperation(store, policy, ends, marks, at, lateError, circuits),
    })
    this.policy = policy
    this.#store = store
    this.#isReady = store.ready === undefined
  }

  /** The store's clock in whole milliseconds. */
  now(): number {
    return Math.floor(this.#store.now())
  }

  /** The present moment for the index of users; 0 if the store has none. */
  moment(): number {
    return this.#store.users?.moment() ?? 0
  }

  override run<Value>(work: (operation: StoreOperation) => Promise<Value>): Promise<Value> {
    if (this.#isReady) return super.run(work)
    return super.run(async (operation) => {
      await operation.call(async () => this.#store.ready?.())
      this.#isReady = true
      return work(operation)
    })
  }

  /** Loads a record, and resolves to what `read` makes of it. What most requests do, so without detours. */
  load<Result>(
    handle: Handle,
    read: (stored: StoredRecord | undefined, operation: StoreOperation) => Result,
  ): Promise<Result> {
    if (this.#isReady) return this.runOne(() => this.#store.load(handle), handle, read)
    return this.run(async (operation) => read(await operation.load(handle), operation))
  }

  close(): Promise<void> {
    return this.#store.close()
  }
}
