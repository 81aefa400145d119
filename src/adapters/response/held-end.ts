import { isThenable } from '../../engine/thenable.js'
import { checkChunk, writeAfterEndError } from './errors.js'
import { abortResponse } from './error-response.js'
import { rejectCall, returnValue, type HeldCall } from './held-calls.js'
import type { EndHooks } from './hooks.js'
import type { HttpResponse, Method } from './http-response.js'

/**
 * The end of a response: it waits for `beforeEnd`, and what comes after it is kept from Node, which would end the process over it.
 */
export class HeldEnd {
  readonly #response: HttpResponse
  readonly #original: Readonly<Record<'write' | 'end', Method>>
  /** `ending`: within Node's own `end`, which calls `write` over HTTP/2. */
  #state: 'open' | 'waiting' | 'ending' | 'ended' = 'open'
  #hooks: EndHooks | undefined

  constructor(response: HttpResponse, original: Readonly<Record<'write' | 'end', Method>>, hooks?: EndHooks) {
    this.#response = response
    this.#original = original
    this.#hooks = hooks
  }

  /** Carries out `write` or `end`. */
  call(method: 'write' | 'end', values: unknown[]): unknown {
    const call: HeldCall = { method, values }
    if (this.#state === 'waiting' || this.#state === 'ended') {
      return rejectCall(call, this.#response, writeAfterEndError())
    }
    if (method === 'write') return this.#original.write.apply(this.#response, values)
    checkChunk(method, values)
    const hooks = this.#hooks
    if (hooks === undefined) return this.#send(values)
    this.#hooks = undefined
    this.#state = 'waiting'
    const pending = hooks.beforeEnd?.()
    return isThenable(pending) ? this.#wait(pending, hooks, call) : this.#send(values)
  }

  #send(values: unknown[]): unknown {
    this.#state = 'ending'
    try {
      const returned = this.#original.end.apply(this.#response, values)
      this.#state = 'ended'
      return returned
    } catch (error) {
      this.#state = 'open' // Node has refused it, and the response can be ended otherwise
      throw error
    }
  }

  #wait(pending: PromiseLike<void>, hooks: EndHooks, call: HeldCall): unknown {
    const response = this.#response
    pending
      .then(() => this.#send(call.values))
      .then(undefined, (error: unknown) => {
        rejectCall(call, response, error)
        abortResponse(response)
        hooks.onAborted?.(error)
      })
    return returnValue(response, call.method)
  }
}
