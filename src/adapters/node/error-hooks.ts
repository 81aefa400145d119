import { forbidSuccess } from '../response/error-response.js'
import type { HttpResponse } from '../response/http-response.js'
import { passError, passLateError, type Next } from './next.js'

/** The hooks of a response that pass errors of its session to the application's error handlers. */
export abstract class ErrorHooks {
  protected readonly response: HttpResponse
  readonly #request: { readonly next?: unknown }
  #next: Next | undefined
  #handledBy: 'error handlers' | 'next' = 'next'

  constructor(request: object, response: HttpResponse, next: Next) {
    this.#request = request
    this.response = response
    this.#next = next
  }

  /**
   * Call it when the response begins. Express keeps the `next` of the running router in `request.next`, so that error handlers of a
   * sub-router come first; later it may be that of another router. A `next` without parameters would only run the handler again.
   */
  protected findErrorHandlers(): void {
    const { next } = this.#request
    if (typeof next === 'function') {
      this.#next = next as Next
      this.#handledBy = 'error handlers'
    } else if (this.#next?.length === 0) this.#next = undefined
  }

  onError(error: unknown): void {
    passError(this.response, error, this.#next)
  }

  /** Keeps the status that an error handler sets. */
  setErrorHeaders(error: unknown): void {
    if (this.#handledBy === 'next') forbidSuccess(this.response, error)
  }

  onAborted(error: unknown): void {
    passLateError(error, this.#next)
  }
}
