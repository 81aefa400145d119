import type { CommitResult } from '../../core/request/commit.js'
import type { OpenedSession } from '../../core/request/opened-session.js'
import { isThenable } from '../../engine/thenable.js'
import type { ResponseHooks } from '../response/hooks.js'
import type { HttpResponse } from '../response/http-response.js'
import { setSessionHeaders } from '../response/session-headers.js'
import { ErrorHooks } from './error-hooks.js'
import type { Next } from './next.js'

/** An error page may name what the session held. */
const afterError: CommitResult = { setCookies: [], caching: 'private' }

/** Commits a session before the response of its request is sent. */
export class SessionHooks extends ErrorHooks implements ResponseHooks<CommitResult> {
  readonly #opened: OpenedSession<object>
  #isWhole = true
  /** What a commit before the response began gave. */
  #early: CommitResult | undefined
  #isKnownWhole = false

  constructor(request: object, response: HttpResponse, opened: OpenedSession<object>, next: Next) {
    super(request, response, next)
    this.#opened = opened
  }

  commit(status: number, isWhole: boolean): CommitResult | Promise<CommitResult> {
    this.#isWhole = isWhole || this.#isKnownWhole
    if (this.#early !== undefined) return this.#early
    const result = this.#opened.commit(status)
    if (isThenable(result)) this.findErrorHandlers() // a commit that is done cannot fail
    return result
  }

  /**
   * Commits before the response begins; does nothing if it has begun, or if that was done. Rejects as the commit does: the response is then
   * that of an error handler, and has nothing of the session. `isWhole` says that the whole response is known, in however many calls it
   * will be sent.
   */
  async commitEarly(status: number, isWhole: boolean): Promise<void> {
    if (this.#early !== undefined || this.response.headersSent === true) return
    this.#isKnownWhole = isWhole
    try {
      this.#early = await this.#opened.commit(status)
    } catch (error) {
      this.#early = afterError
      throw error
    }
  }

  setHeaders(result: CommitResult): void {
    setSessionHeaders(this.response, result, this.#opened.session.handle, this.#isWhole)
  }

  override onError(error: unknown): void {
    this.#early = afterError
    super.onError(error)
  }

  override setErrorHeaders(error: unknown): void {
    super.setErrorHeaders(error)
    setSessionHeaders(this.response, afterError, undefined)
  }
}
