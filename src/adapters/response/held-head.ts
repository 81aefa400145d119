import { isHeadersSent } from './errors.js'
import { setHead } from './head.js'
import type { HeadHooks } from './hooks.js'
import type { HttpResponse } from './http-response.js'
import type { ResponsePatch } from './patch.js'

/** The head of a held response, and the headers that are set right before it leaves. */
export class HeldHead<Result> {
  readonly #response: HttpResponse
  readonly #hooks: HeadHooks<Result>
  readonly #patch: ResponsePatch
  /** `announced`: later wrappers have seen it. `sent` is what we know ourselves; a host's `headersSent` may say otherwise. */
  #state: 'open' | 'announced' | 'sent' = 'open'
  #committed: { readonly result: Result } | undefined
  #failed: { readonly error: unknown } | undefined

  constructor(response: HttpResponse, hooks: HeadHooks<Result>, patch: ResponsePatch) {
    this.#response = response
    this.#hooks = hooks
    this.#patch = patch
  }

  get state(): 'open' | 'announced' | 'sent' {
    return this.#state
  }

  /**
   * Takes what `writeHead` was called with; `false` for arguments that Node refuses, and for a WebSocket handshake, which cannot be held.
   */
  set(values: unknown[]): boolean {
    if (values.length === 0 && this.#response.statusCode === undefined) this.#hooks.setHandshakeHeaders?.()
    const isSet = setHead(this.#response, values)
    this.#state = isSet ? 'announced' : 'open'
    return isSet
  }

  /** Shows the head to wrappers that wait for it, as compressing ones do, before it looks sent. */
  announce(): void {
    this.#state = 'announced'
    if (typeof this.#response.writeHead === 'function') this.#response.writeHead(this.#response.statusCode)
  }

  committed(result: Result): void {
    this.#committed = { result }
  }

  failed(error: unknown): void {
    this.#failed = { error }
  }

  /** Sends the head, as `writeHead(...values)` would. */
  send(values: unknown[]): unknown {
    const response = this.#response
    const isRefused = this.#state === 'sent' || !setHead(response, values)
    if (isRefused) return this.#patch.original.writeHead.apply(response, values)
    const returned = this.#patch.sendHead(response.statusCode, () => this.setHeaders())
    this.#state = 'sent'
    return returned
  }

  /** Node sends the head by itself with the first byte of the body. */
  sent(): void {
    this.#state = 'sent'
  }

  /** Sets the headers of the commit, and those of an error response. Setting them again changes nothing. */
  setHeaders(): void {
    if (this.#state === 'sent') return
    try {
      if (this.#committed !== undefined) this.#hooks.setHeaders(this.#committed.result)
      if (this.#failed !== undefined) this.#hooks.setErrorHeaders?.(this.#failed.error)
    } catch (error) {
      if (!isHeadersSent(error)) throw error // else the head was sent without passing the patch
    }
  }
}
