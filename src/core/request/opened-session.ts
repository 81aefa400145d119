import { InsecureRequestError, SesseraError, type StoreUnavailableError } from '../../errors.js'
import { isThenable } from '../../engine/thenable.js'
import { carryOut, cookieFor, isRefused } from './commit.js'
import { hintAtLateChange } from './development-hints.js'
import { emitEvent } from '../../events.js'
import type { Changes } from '../record/merge.js'
import { decideOutcome, type Outcome } from './outcome.js'
import { needsRenewal } from '../policy.js'
import type { Renewals } from './renewals.js'
import { Session } from './session.js'
import type { SessionState } from './state.js'

/** What a response needs to know once its session is stored. */
export interface CommitResult {
  /** Whole `Set-Cookie` values, to be added to those of the application. */
  readonly setCookies: readonly string[]
  /** `no-store`: the session cookie is set. `private`: the handler looked at the session. `untouched`: neither. */
  readonly caching: 'untouched' | 'private' | 'no-store'
}

/** The session of one request, from `open` to `commit`. Adapters are only this, in their framework's words. */
export interface OpenedSession<Data extends object> {
  readonly session: Session<Data>
  /** Why the store could not be asked, where `open` was told to go on without it. */
  readonly unavailable?: StoreUnavailableError | undefined
  /**
   * Decides what became of the session, stores it, and says which cookies to send; to be called with the response's status
   * before its first byte leaves. Synchronous when there is nothing to wait for. Rejects when something could not be stored:
   * then nothing may be sent as if it had been. With a status of 500 and above, which says that of itself, it never rejects. Asking
   * again gives the same answer.
   */
  commit(status?: number): CommitResult | Promise<CommitResult>
  /**
   * For adapters of frameworks that do not look at the promises of their handlers, as Express 4: `tell` is called with the error of an
   * `update` or `save` that a handler waited for and failed on, where else nobody would hear of it and the process would end.
   */
  onUnhandledError(tell: (error: unknown) => void): void
  /** To be called when the response is over: tells changes of data that came too late, as the event `late-change`. */
  responseClosed(): void
}

const untouched: CommitResult = { setCookies: [], caching: 'untouched' }
const lookedAt: CommitResult = { setCookies: [], caching: 'private' }
/** Nobody's page in somebody's browser: not to be shown again once the store is back. */
const anonymousForNow: CommitResult = { setCookies: [], caching: 'no-store' }

export class Opened<Data extends object> implements OpenedSession<Data> {
  readonly session: Session<Data>
  readonly #state: SessionState
  readonly #renewals: Renewals
  #commitment: CommitResult | Promise<CommitResult> | undefined

  constructor(state: SessionState, renewals: Renewals) {
    this.session = new Session<Data>(state)
    this.#state = state
    this.#renewals = renewals
  }

  get unavailable(): StoreUnavailableError | undefined {
    return this.#state.unavailable
  }

  // Functions of their own, as `const { session, commit } = await sessions.open(…)` is what one writes.
  readonly commit = (status = 200): CommitResult | Promise<CommitResult> => (this.#commitment ??= this.#begin(status))

  readonly onUnhandledError = (tell: (error: unknown) => void): void => {
    this.#state.onUnhandledError = tell
  }

  readonly responseClosed = (): void => {
    const { isCommitted, data, handle } = this.#state
    if (!isCommitted || !data.changedSinceSeal) return
    emitEvent('late-change', { handle })
    hintAtLateChange()
  }

  #begin(status: number): CommitResult | Promise<CommitResult> {
    const state = this.#state
    state.isCommitted = true
    if (status < 500) return this.#settle(status < 400)
    // This answer is an error already, and often about the store: it is not held up a second time, nor replaced by ours.
    if (state.queue?.failure !== undefined && isOutage(state.queue.failure.error) && state.ended === undefined)
      return this.#nothingMore()
    const commitment = this.#settle(false)
    return isThenable(commitment) ? Promise.resolve(commitment).catch(() => this.#nothingMore()) : commitment
  }

  /** Nothing is stored now; but what was stored before may have a cookie that the browser has not got yet. */
  #nothingMore(): CommitResult {
    const { issued, isLookedAt, core } = this.#state
    if (issued !== undefined)
      return { setCookies: [cookieFor(this.#state, core.operations.now())], caching: 'no-store' }
    return isLookedAt ? lookedAt : untouched
  }

  #settle(succeeds: boolean): CommitResult | Promise<CommitResult> {
    const { data, queue, unavailable } = this.#state
    try {
      const changes = unavailable !== undefined ? undefined : succeeds ? data.seal() : this.#refuseSignIn()
      const decide = (): CommitResult | Promise<CommitResult> => this.#decide(succeeds, changes)
      const isSettled = queue === undefined || queue.isSettled
      return isSettled ? decide() : queue.settled().then(decide, (error: unknown) => this.#endAtLeast(error))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** A sign-out does not depend on whether something else could be stored. */
  async #endAtLeast(error: unknown): Promise<never> {
    if (this.#state.ended !== undefined) await this.#store({ end: true, write: 'nothing' }, undefined)
    throw error
  }

  /** A sign-in that is not carried out leaves the session as it was before, with what had been changed until then. */
  #refuseSignIn(): Changes | undefined {
    const state = this.#state
    const { signIn } = state
    state.signIn = undefined
    return signIn === undefined ? state.data.seal() : signIn.changesBefore
  }

  #decide(succeeds: boolean, changes: Changes | undefined): CommitResult | Promise<CommitResult> {
    const state = this.#state
    if (state.unavailable !== undefined) return state.isLookedAt ? anonymousForNow : untouched
    const outcome = decideOutcome({
      standing: state.standing,
      ends: state.ended !== undefined,
      rotates: state.rotates || (state.remembers && state.known?.head.remembered === false),
      signsIn: signsIn(state),
      hasChanges: changes !== undefined,
      succeeds,
      needsRenewal: this.#needsRenewal(),
    })
    if (outcome.write === 'renew' && state.known !== undefined) this.#renewals.start(state.known)
    const isIdle = outcome.write === 'nothing' || outcome.write === 'renew'
    if (isIdle && !outcome.end && state.issued === undefined) return this.#nothingMore()
    return this.#store(outcome, changes)
  }

  async #store(outcome: Outcome, changes: Changes | undefined): Promise<CommitResult> {
    const state = this.#state
    if (isRefused(state, outcome) && state.ended === undefined) throw new InsecureRequestError()
    // Whoever has waited for the store in vain must not wait for it again; but a sign-out is tried.
    if (state.queue?.silence !== undefined && state.ended === undefined) throw state.queue.silence
    const setCookies = await state.core.operations.run((operation) => carryOut(operation, state, outcome, changes))
    return { setCookies, caching: setCookies.length > 0 ? 'no-store' : 'private' }
  }

  #needsRenewal(): boolean {
    const { standing, known, core, renews } = this.#state
    return (
      renews &&
      standing === 'owner' &&
      known !== undefined &&
      needsRenewal(core.policy, known.head, core.operations.now())
    )
  }
}

function isOutage(error: unknown): boolean {
  return SesseraError.is(error) && error.status === 503
}

function signsIn({ signIn, standing, known }: SessionState): 'no' | 'same' | 'other-user' {
  if (signIn === undefined) return 'no'
  const owner = standing === 'owner' ? known?.head.userId : undefined
  return owner === undefined || owner === signIn.userId ? 'same' : 'other-user'
}
