import { setImmediate } from '../../engine/timers.js'
import { ErrorHooks } from '../../adapters/node/error-hooks.js'
import type { Next } from '../../adapters/node/next.js'
import { holdResponse } from '../../adapters/response/hold-response.js'
import type { ResponseHooks } from '../../adapters/response/hooks.js'
import { makePrivate } from '../../adapters/response/session-headers.js'
import { Commit, putCookie, type Commitment } from './commit.js'
import type { NodeResponse } from './request.js'
import type { Settings } from '../api/options.js'
import type { Visit } from './visit.js'

/** What the session of one request has to do with its response. */
export class ResponseHold extends ErrorHooks implements ResponseHooks<Commitment> {
  readonly #visit: Visit
  readonly #settings: Settings
  readonly #commit: Commit

  constructor(visit: Visit, response: NodeResponse, settings: Settings, secret: string, next: Next) {
    super(visit.request, response, next)
    this.#visit = visit
    this.#settings = settings
    // For errors that change nothing about the answer, which goes first.
    this.#commit = new Commit(visit, settings, secret, (error) => void setImmediate(() => this.onAborted(error)))
  }

  /** Sockets pass on what is no response: nothing at all, or where headers for the handshake can be put at once or never. */
  start(): void {
    if (typeof this.response.end === 'function') holdResponse(this.response, this)
  }

  commit(status: number, isWhole: boolean): Commitment | Promise<Commitment> {
    this.findErrorHandlers()
    return this.#commit.first(isWhole, status)
  }

  setHeaders(commitment: Commitment): void {
    putCookie(this.response, commitment)
    if (this.#visit.work.isRefused) this.response.setHeader?.('Cache-Control', 'no-store')
    else if (commitment.isPersonal) this.#makePrivate()
  }

  beforeEnd(): void | Promise<void> {
    return this.#commit.finish()
  }

  override setErrorHeaders(error: unknown): void {
    super.setErrorHeaders(error)
    this.#makePrivate()
  }

  setHandshakeHeaders(): void {
    putCookie(this.response, this.#commit.unstored())
  }

  #makePrivate(): void {
    if (this.#settings.caching === 'private') makePrivate(this.response)
  }
}
