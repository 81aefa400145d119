import type { StoreUnavailableError } from '../../errors.js'
import { emitEvent } from '../../events.js'
import { commit, type CommitResult } from './commit.js'
import { hintAtLateChange } from './development-hints.js'
import { Session } from './session.js'
import type { SessionState } from './session-state.js'

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

  // Arrow functions, so that `const { session, commit } = await sessions.open(…)` works.
  readonly commit = (status = 200): CommitResult | Promise<CommitResult> =>
    (this.#result ??= commit(this.#state, status))

  readonly onUnhandledError = (report: (error: unknown) => void): void => {
    this.#state.onUnhandledError = report
  }

  readonly responseClosed = (): void => {
    const { isCommitted, data, handle } = this.#state
    if (!isCommitted || !data.changedSinceSeal) return
    emitEvent('late-change', { handle })
    hintAtLateChange()
  }
}
