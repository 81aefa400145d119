import { SessionCommittedError, StoreUnavailableError } from '../../errors.js'
import type { Handle } from '../../store.js'
import type { KeyedMutex } from '../../engine/keyed-mutex.js'
import type { CookieChoice } from './request-context.js'
import type { StoreOperation, StoreOperations } from '../store-operations.js'
import { OperationQueue } from '../../engine/operation-queue.js'
import type { Policy } from '../policy.js'
import type { Known } from '../cookie/verify-token.js'
import type { Token } from '../cookie/token.js'
import { emptyLine } from '../record/data.js'
import { emitEvent } from '../../events.js'
import type { Changes } from '../record/merge.js'
import type { Standing } from './outcome.js'
import { TrackedData } from '../record/tracked-data.js'

/** What all sessions of one `createSessions` share. */
export interface Core {
  readonly policy: Policy
  readonly operations: StoreOperations
  /** Held while this process writes to a session. */
  readonly mutex: KeyedMutex<Known>
}

/** A sign-in that the handler asked for and the commit carries out. */
export interface SignIn {
  readonly userId: string
  readonly remembered: boolean
  readonly label: string | undefined
  /** The top-level values that stay: of them, also what others have stored meanwhile. */
  readonly keep: readonly string[]
  /** What the handler had changed before: all that is stored when the sign-in is not carried out. */
  readonly changesBefore: Changes | undefined
}

/** What a request came with. */
export interface Arrival {
  readonly standing: Standing
  /** The handle of its token, where that meant anything. */
  readonly handle?: Handle | undefined
  /** The session that it may see. */
  readonly known?: Known | undefined
  /** What became of its session by a sign-in within the grace time. It may not see that, but end it. */
  readonly replaced?: Known | undefined
  /** More sessions that it brought living tokens of, under the same name. */
  readonly others?: readonly Known[]
  /** It brought our cookie, whatever was in it. */
  readonly hasCookie: boolean
}

interface Circumstances {
  readonly renews: boolean
  readonly unavailable: StoreUnavailableError | undefined
}

/** What one request knows and wants of its session. The handler sees it through `Session`, the commit acts on it. */
export class SessionState {
  readonly core: Core
  readonly choice: CookieChoice
  readonly data: TrackedData
  readonly arrival: Arrival
  standing: Standing
  known: Known | undefined
  /** A token that the browser does not have yet. */
  issued: Token | undefined
  /** The records that `end()` is to remove. */
  ended: readonly Known[] | undefined
  /** How often `end()` was called: a write that began before one must not bring the session back. */
  ends = 0
  signIn: SignIn | undefined
  rotates = false
  /** `remember()` was called. */
  remembers = false
  /** Whether the handler looked at the session: then the answer depends on the cookie. */
  isLookedAt = false
  isCommitted = false
  /** Why the store could not be asked, where the route goes on without it. */
  readonly unavailable: StoreUnavailableError | undefined
  /** Whether reading prolongs the session. */
  readonly renews: boolean
  /** Called with an error that the handler did not handle, in a framework that ignores its handlers' promises. */
  onUnhandledError: ((error: unknown) => void) | undefined
  /** What the handler stores itself, by `update` and `save`. */
  queue: OperationQueue<StoreOperation> | undefined

  constructor(core: Core, choice: CookieChoice, arrival: Arrival, { renews, unavailable }: Circumstances) {
    const { standing, known } = arrival
    this.core = core
    this.choice = choice
    this.arrival = arrival
    this.renews = renews
    this.unavailable = unavailable
    this.standing = standing
    this.known = known
    this.data = new TrackedData(known?.dataLine ?? emptyLine, core.policy.maxDataBytes, () => {
      if (known !== undefined) emitEvent('record-unreadable', { handle: known.head.handle, reason: 'corrupt' })
    })
  }

  get handle(): Handle | undefined {
    return this.known?.head.handle
  }

  /** `known` is what is stored now. */
  adopt(known: Known, issued?: Token): void {
    this.known = known
    if (issued === undefined) return
    this.issued = issued
    this.standing = 'owner'
  }

  /** Nothing of the session is left but the order to remove it, with every other one that the request brought. */
  forget(): void {
    const { known, replaced, others = [], hasCookie } = this.arrival
    const brought = [known, replaced, this.known, ...others].filter((each) => each !== undefined)
    this.ends++
    // The same one may have been written since.
    if (hasCookie || brought.length > 0)
      this.ended = [...new Map(brought.map((each) => [each.head.handle, each])).values()]
    this.standing = 'stranger'
    this.known = undefined
    this.issued = undefined
    this.signIn = undefined
    this.rotates = false
    this.remembers = false
    this.data.reset()
  }

  /** A promise for the handler. If it rejects and the handler does not await it, the response fails. */
  float<Value>(work: Promise<Value>): Promise<Value> {
    return this.#queue().float(work)
  }

  /** Runs an operation that the handler asks for, after those that it asked for before. */
  enqueue<Value>(work: (operation: StoreOperation) => Promise<Value>): Promise<Value> {
    const queue = this.#queue()
    return queue.float(queue.add(work))
  }

  #queue(): OperationQueue<StoreOperation> {
    this.queue ??= new OperationQueue(this.core.operations)
    this.queue.onUnhandledError = this.onUnhandledError
    return this.queue
  }

  assertOpen(method: string): void {
    this.assertWritable(`session.${method}() was called`)
    if (this.isCommitted) throw new SessionCommittedError(method)
  }

  assertWritable(what: string): void {
    if (this.unavailable === undefined) return
    throw new StoreUnavailableError(
      `${what}, but the session store is unavailable: this session can only be read.`,
      this.unavailable,
    )
  }
}
