import { ErrorHooks } from '../../adapters/node/error-hooks.js'
import type { Next } from '../../adapters/node/next.js'
import { holdResponse } from '../../adapters/response/hold-response.js'
import type { ResponseHooks } from '../../adapters/response/hooks.js'
import { makePrivate } from '../../adapters/response/session-headers.js'
import { setImmediate } from '../../engine/timers.js'
import type { ResolvedOptions } from '../api/options.js'
import { Commit } from './commit.js'
import type { RequestSession } from './request-session.js'
import type { NodeResponse } from './request.js'
import { putCookie, type CookieChange } from './set-cookie.js'

/** Makes a response wait for the session of its request. */
export class ResponseHold extends ErrorHooks implements ResponseHooks<CookieChange> {
  readonly #session: RequestSession
  readonly #options: ResolvedOptions
  readonly #commit: Commit

  constructor(session: RequestSession, response: NodeResponse, options: ResolvedOptions, secret: string, next: Next) {
    super(session.request, response, next)
    this.#session = session
    this.#options = options
    this.#commit = new Commit(session, options, secret, this)
  }

  /** Does nothing for a WebSocket for which the host passes no real response. */
  start(): void {
    if (typeof this.response.end === 'function') holdResponse(this.response, this)
  }

  commit(status: number, isWhole: boolean): CookieChange | Promise<CookieChange> {
    this.findErrorHandlers()
    return this.#commit.beforeHead(isWhole, status)
  }

  setHeaders(change: CookieChange): void {
    const { state } = this.#session
    putCookie(this.response, this.#options.name, change)
    if (state.status === 'unavailable') this.response.setHeader?.('Cache-Control', 'no-store')
    else if (change.kind !== 'none' || state.isKnownToStore) this.#makePrivate()
  }

  beforeEnd(): Promise<void> {
    return this.#commit.beforeEnd()
  }

  /** Passes it on after the response, which it does not change. */
  onLateError(error: unknown): void {
    setImmediate(() => this.onAborted(error))
  }

  override setErrorHeaders(error: unknown): void {
    super.setErrorHeaders(error)
    this.#makePrivate()
  }

  setHandshakeHeaders(): void {
    putCookie(this.response, this.#options.name, this.#commit.atOnce())
  }

  #makePrivate(): void {
    if (this.#options.caching === 'private') makePrivate(this.response)
  }
}
