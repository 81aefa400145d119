import type { CommitResult } from '../../core/request/commit.js'
import type { OpenedSession } from '../../core/request/opened-session.js'
import { putCommitment } from '../response/commitment-headers.js'
import type { Target } from '../response/patch.js'
import { forbidSuccess } from '../response/error-answer.js'
import { errorPath, failRequest, hasErrorHandlers, tellLate, type Next } from '../response/fail-request.js'
import type { Hold } from '../response/hold.js'

/** What a session has to do with the response of its request. */
export class SessionHold implements Hold<CommitResult> {
  readonly #request: object
  readonly #response: Target
  readonly #opened: OpenedSession<object>
  #next: Next | undefined
  #isWhole = true
  #mayForgive = false

  constructor(request: object, response: Target, opened: OpenedSession<object>, next: Next) {
    this.#request = request
    this.#response = response
    this.#opened = opened
    this.#next = next
  }

  commit(status: number, whole: boolean): CommitResult | Promise<CommitResult> {
    this.#isWhole = whole
    // Later on another router may be at work.
    this.#mayForgive = hasErrorHandlers(this.#request)
    this.#next &&= errorPath(this.#request, this.#next)
    return this.#opened.commit(status)
  }

  apply(commitment: CommitResult): void {
    putCommitment(this.#response, commitment, this.#opened.session.handle, this.#isWhole)
  }

  onError(error: unknown): void {
    failRequest(this.#response, error, this.#next)
  }

  applyToError(error: unknown): void {
    if (!this.#mayForgive) forbidSuccess(this.#response, error)
    putCommitment(this.#response, { setCookies: [], caching: 'private' }, undefined)
  }

  onCut(error: unknown): void {
    tellLate(error, this.#next)
  }
}
