import { OperationQueue } from '../../engine/operation-queue.js'
import { SessionCommittedError, StoreUnavailableError } from '../../errors.js'
import type { Device } from '../../options.js'
import type { Handle } from '../../store.js'
import type { IncomingSession } from '../cookie/incoming-session.js'
import type { Token } from '../cookie/token.js'
import type { TokenStatus } from '../cookie/verify-token.js'
import { emptyLine } from '../record/data.js'
import type { Changes } from '../record/merge.js'
import type { SessionRecord } from '../record/record.js'
import { TrackedData } from '../record/tracked-data.js'
import type { StoreOperation } from '../store-operations.js'
import type { Attachment } from './attachment.js'
import type { SessionServices } from './session-services.js'
import type { CookieChoice } from './request-context.js'

/** A sign-in that the handler asked for. The commit carries it out. */
export interface SignIn {
  readonly userId: string
  readonly remembered: boolean
  readonly label: string | undefined
  readonly device: Device | undefined
  /** The top-level values to keep, including what other requests store in them meanwhile. */
  readonly keep: readonly string[]
  /** What the handler changed before. If the sign-in is discarded, only this is stored. */
  readonly changesBefore: Changes | undefined
}

/** What a request knows about its session, and what the handler asked for: `Session` records it, the commit acts on it. */
export class SessionState {
  readonly services: SessionServices
  readonly choice: CookieChoice
  readonly incoming: IncomingSession
  /** Whether reading extends the session. */
  readonly renews: boolean
  /** Why the store is unavailable, if the request continues without it. */
  readonly outage: StoreUnavailableError | undefined
  tokenStatus: TokenStatus
  /** The stored session, as this request last saw it. */
  record: SessionRecord | undefined
  /** A token that the browser does not have yet. */
  issued: Token | undefined
  /** What to remove because of `end()`. Each call makes a new set, so a write that began before can see that it is too late. */
  ended: Set<Handle> | undefined
  /** When the request was opened, by `UserIndex.moment()`. A sign-in counts as made then. */
  openedAt: number
  /** What is to happen to the secret. */
  requested: SignIn | 'rotate' | 'reauthenticate' | undefined
  /** Whether a sign-in follows from the data, so that it is carried out whatever the response's status. */
  followsData = false
  /** Whether `remember()` was called. */
  remembers = false
  /** Whether the handler read the session, so that the response depends on the cookie. */
  isRead = false
  isCommitted = false
  /** Of the session to a framework's request. */
  readonly attachment: Attachment = {}
  /** Called with an error that the handler did not handle, in a framework that ignores its handlers' promises. */
  onUnhandledError: ((error: unknown) => void) | undefined
  #data: TrackedData | undefined
  /** Runs `update` and `save`. */
  queue: OperationQueue<StoreOperation> | undefined

  constructor(
    services: SessionServices,
    choice: CookieChoice,
    incoming: IncomingSession,
    renews: boolean,
    outage?: StoreUnavailableError,
  ) {
    const { tokenStatus } = incoming
    const record = tokenStatus === 'replaced-by-sign-in' ? undefined : incoming.record
    this.services = services
    this.choice = choice
    this.incoming = incoming
    this.renews = renews
    this.outage = outage
    this.tokenStatus = tokenStatus
    this.record = record
    this.openedAt = services.operations.moment()
  }

  /** Made on first use: most requests of anonymous visitors need none. */
  get data(): TrackedData {
    if (this.#data !== undefined) return this.#data
    const { maxDataBytes } = this.services.operations.policy
    const { record } = this
    this.#data = new TrackedData(record?.dataLine ?? emptyLine, maxDataBytes, record?.head.handle)
    if (this.isCommitted) this.#data.seal()
    return this.#data
  }

  /** Whether the handler has looked at the data. */
  get hasReadData(): boolean {
    return this.#data !== undefined
  }

  /** Whether the handler changed the data after `sealData`. */
  get hasLateChanges(): boolean {
    return this.isCommitted && this.#data?.changedSinceSeal === true
  }

  /** Whether no response waits for what is left to do, so that only `update` and `save` change something. */
  get isDetached(): boolean {
    return this.isCommitted && this.choice.obstacle === 'no response'
  }

  /** What the handler changed so far. Later changes are not stored. */
  sealData(): Changes | undefined {
    return this.#data?.seal()
  }

  get handle(): Handle | undefined {
    return this.record?.head.handle
  }

  get signIn(): SignIn | undefined {
    return typeof this.requested === 'object' ? this.requested : undefined
  }

  /** Whether the handler called `end()`, and there is a session or a cookie to remove. */
  get endsSession(): boolean {
    return this.ended !== undefined && (this.ended.size > 0 || this.incoming.hasCookie)
  }

  /** Asks for a new secret when the response begins. */
  requestRotation(): void {
    this.assertOpen('rotate')
    this.requested ??= 'rotate'
  }

  /** Continues with what is stored now, and the token that was issued for it. */
  setStored(record: SessionRecord, issued?: Token): void {
    this.record = record
    if (issued === undefined) return
    this.issued = issued
    this.tokenStatus = 'current'
  }

  /** Leaves an empty session, and marks all sessions that the request came with for removal. */
  end(): void {
    const { record, others = [] } = this.incoming
    const handles = [...(this.ended ?? []), record?.head.handle, this.handle, ...others]
    this.ended = new Set(handles.filter((handle) => handle !== undefined))
    this.tokenStatus = 'none'
    this.record = undefined
    this.issued = undefined
    this.requested = undefined
    this.remembers = false
    this.#data?.reset()
  }

  /** The same, but the data continues in a new session. */
  endButKeepData(): void {
    const values = { ...this.data.object }
    this.end()
    Object.assign(this.data.object, values)
  }

  /** A promise for the handler. If it rejects and the handler does not await it, the response fails, if there is one. */
  float<Value>(work: Promise<Value>): Promise<Value> {
    return this.isDetached ? work.then((value) => value) : this.#openQueue().float(work)
  }

  /** Runs an operation of the handler after those before it. */
  enqueue<Value>(work: (operation: StoreOperation) => Promise<Value>): Promise<Value> {
    return this.float(this.#openQueue().add(work))
  }

  #openQueue(): OperationQueue<StoreOperation> {
    this.queue ??= new OperationQueue(this.services.operations)
    this.queue.onUnhandledError = this.onUnhandledError
    return this.queue
  }

  /**
   * Call it when the response begins: errors that the handler does not handle no longer change it. Drops the reference to the response, because
   * a session that is found by its request, in a `WeakMap`, must not keep that alive until the next full garbage collection.
   */
  forgetRequest(): void {
    if (this.onUnhandledError === undefined) return
    this.onUnhandledError = ignore
    if (this.queue !== undefined) this.queue.onUnhandledError = ignore
  }

  assertOpen(method: string): void {
    this.assertWritable(`session.${method}() was called`)
    if (this.isCommitted && !this.isDetached) throw new SessionCommittedError(method)
  }

  assertWritable(what: string): void {
    if (this.outage === undefined) return
    throw new StoreUnavailableError(
      `${what}, but the session store is unavailable: this session can only be read.`,
      this.outage,
    )
  }
}

function ignore(): void {}
