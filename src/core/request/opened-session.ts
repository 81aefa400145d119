import { InvalidArgumentError, type StoreUnavailableError } from '../../errors.js'
import { isThenable } from '../../engine/thenable.js'
import { emitEvent, hasSubscribers } from '../../events.js'
import { commit, type CommitResult } from './commit.js'
import { attachment } from './attachment.js'
import { hintAtLateChange, isWanted } from './development-hints.js'
import { Session } from './session.js'
import { SessionState } from './session-state.js'

/** The session of one request, from `open` to `commit`. What an adapter connects to its framework. */
export interface OpenedSession<Data extends object> {
  readonly session: Session<Data>
  /** Why the store is unavailable, with `onOutage: 'anonymous'`. */
  readonly outage?: StoreUnavailableError | undefined
  /**
   * Stores or ends the session, as the handler asked, and says which cookies to send. Call it with the response's status before the
   * first byte is sent. Synchronous if there is nothing to wait for. Further calls give the same result.
   *
   * Rejects if something could not be stored: then the response must not be sent. With a status of 500 or higher it never rejects.
   */
  commit(status?: number): CommitResult | Promise<CommitResult>
  /**
   * For frameworks that ignore the promises of their handlers, such as Express 4. `report` is called with the error of an `update` or
   * `save` that a handler awaited and did not handle. Otherwise such an error ends the process.
   */
  onUnhandledError(report: (error: unknown) => void): void
  /** Call it when the response is over. Publishes the event `late-change` if data was changed too late. */
  responseClosed(): void
  /** `false` if nobody wants to know of such changes, so that listening for the end of the response can be spared. */
  readonly watchesLateChanges?: boolean
}

export class Opened<Data extends object> implements OpenedSession<Data> {
  readonly session: Session<Data>
  readonly #state: SessionState
  #result: CommitResult | Promise<CommitResult> | undefined

  constructor(state: SessionState) {
    this.session = new Session<Data>(state)
    this.#state = state
  }

  get outage(): StoreUnavailableError | undefined {
    return this.#state.outage
  }

  // Getters, so that `const { session, commit } = await sessions.open(…)` works, and what is not used costs nothing.
  get commit(): (status?: number) => CommitResult | Promise<CommitResult> {
    return (status = 200) => (this.#result ??= this.#commit(status))
  }

  #commit(status: number): CommitResult | Promise<CommitResult> {
    const state = this.#state
    const result = commit(state, status)
    if (isThenable(result)) result.then(() => state.forgetRequest(), ignore)
    else state.forgetRequest()
    return result
  }

  get onUnhandledError(): (report: (error: unknown) => void) => void {
    return (report) => {
      this.#state.onUnhandledError = report
    }
  }

  get watchesLateChanges(): boolean {
    const { policy } = this.#state.services.operations
    return hasSubscribers('late-change') || (policy.developing && isWanted('late-change'))
  }

  get responseClosed(): () => void {
    return () => {
      if (!this.#state.hasLateChanges) return
      emitEvent('late-change', { handle: this.#state.handle })
      hintAtLateChange()
    }
  }
}

/**
 * The session of a request once more, as it was when the request came, for a part of the response that is made after its head: what it changes is
 * merged into what is stored by then, and what needs a new cookie throws `CookieNotSettableError`. Makes no store call.
 */
export function openAfterHead<Data extends object>(session: Session<Data>): OpenedSession<Data> {
  const state = Session.stateOf(session)
  if (state === undefined)
    throw new InvalidArgumentError('This session is of another copy of this package: load only one.')
  const { services, choice, incoming, outage } = state
  const opened = new Opened<Data>(
    new SessionState(services, { ...choice, obstacle: 'no response' }, incoming, false, outage),
  )
  Object.assign(opened.session[attachment], session[attachment])
  return opened
}

function ignore(): void {}
