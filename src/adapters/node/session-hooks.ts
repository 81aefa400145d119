import type { CommitResult } from '../../core/request/commit.js'
import type { OpenedSession } from '../../core/request/opened-session.js'
import { isThenable } from '../../engine/thenable.js'
import type { ResponseHooks } from '../response/hooks.js'
import type { HttpResponse } from '../response/http-response.js'
import { setSessionHeaders } from '../response/session-headers.js'
import { ErrorHooks } from './error-hooks.js'
import type { Next } from './next.js'

/** Commits a session before the response of its request is sent. */
export class SessionHooks extends ErrorHooks implements ResponseHooks<CommitResult> {
  readonly #opened: OpenedSession<object>
  #isWhole = true

  constructor(request: object, response: HttpResponse, opened: OpenedSession<object>, next: Next) {
    super(request, response, next)
    this.#opened = opened
  }

  commit(status: number, isWhole: boolean): CommitResult | Promise<CommitResult> {
    this.#isWhole = isWhole
    const result = this.#opened.commit(status)
    if (isThenable(result)) this.findErrorHandlers() // a commit that is done cannot fail
    return result
  }

  setHeaders(result: CommitResult): void {
    setSessionHeaders(this.response, result, this.#opened.session.handle, this.#isWhole)
  }

  override setErrorHeaders(error: unknown): void {
    super.setErrorHeaders(error)
    setSessionHeaders(this.response, { setCookies: [], caching: 'private' }, undefined)
  }
}
