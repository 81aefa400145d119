import { setImmediate } from '../../engine/timers.js'
import { keepPrivate } from '../../adapters/response/commitment-headers.js'
import type { Target } from '../../adapters/response/patch.js'
import { forbidSuccess } from '../../adapters/response/error-answer.js'
import { errorPath, failRequest, hasErrorHandlers, tellLate, type Next } from '../../adapters/response/fail-request.js'
import { holdResponse } from '../../adapters/response/hold-response.js'
import type { Hold } from '../../adapters/response/hold.js'
import { Commit, putCookie, type Commitment } from './commit.js'
import type { NodeResponse } from './request.js'
import type { Settings } from '../api/options.js'
import type { Visit } from './visit.js'

/** What the session of one request has to do with its response. */
export class ResponseHold implements Hold<Commitment> {
  readonly #visit: Visit
  readonly #response: NodeResponse
  readonly #settings: Settings
  readonly #commit: Commit
  #next: Next | undefined
  #mayForgive = false

  constructor(visit: Visit, response: NodeResponse, settings: Settings, secret: string, next: Next) {
    this.#visit = visit
    this.#response = response
    this.#settings = settings
    this.#next = next
    // For errors that change nothing about the answer, which goes first.
    this.#commit = new Commit(visit, settings, secret, (error) => void setImmediate(tellLate, error, this.#next))
  }

  /** Sockets pass on what is no response: nothing at all, or where headers for the handshake can be put at once or never. */
  start(): void {
    if (typeof this.#response.end === 'function') holdResponse(this.#response, this)
  }

  commit(status: number, whole: boolean): Commitment | Promise<Commitment> {
    // Later on another router may be at work.
    this.#mayForgive = hasErrorHandlers(this.#visit.request)
    this.#next &&= errorPath(this.#visit.request, this.#next)
    return this.#commit.first(whole, status)
  }

  apply(commitment: Commitment): void {
    const response = this.#response as unknown as Target
    putCookie(response, commitment)
    if (this.#visit.work.isRefused) response.setHeader?.('Cache-Control', 'no-store')
    else if (commitment.isPersonal) this.#keepPrivate()
  }

  finish(): void | Promise<void> {
    return this.#commit.finish()
  }

  onError(error: unknown): void {
    failRequest(this.#response as unknown as Target, error, this.#next)
  }

  applyToError(error: unknown): void {
    if (!this.#mayForgive) forbidSuccess(this.#response, error)
    this.#keepPrivate()
  }

  onCut(error: unknown): void {
    tellLate(error, this.#next)
  }

  putAtOnce(): void {
    putCookie(this.#response, this.#commit.unstored())
  }

  #keepPrivate(): void {
    if (this.#settings.caching === 'private') keepPrivate(this.#response)
  }
}
