import { isThenable } from '../../engine/thenable.js'
import { checkChunk, writeAfterEndError } from './errors.js'
import { abortResponse } from './error-response.js'
import { rejectCall, returnValue } from './held-calls.js'
import type { EndHooks } from './hooks.js'
import type { HttpResponse, ResponseCall, SendMethods } from './http-response.js'

type State = 'open' | 'waiting' | 'ending' | 'ended'

/**
 * The end of a response: it waits for `beforeEnd`. Calls after it do not reach Node, where they would end the process.
 */
export class HeldEnd {
  readonly #response: HttpResponse
  readonly #original: SendMethods
  /** `ending`: within Node's own `end`, which calls `write` over HTTP/2. */
  #state: State = 'open'
  #hooks: EndHooks | undefined
  readonly #onEnded: (() => void) | undefined

  constructor(response: HttpResponse, original: SendMethods, hooks?: EndHooks, onEnded?: () => void) {
    this.#response = response
    this.#original = original
    this.#hooks = hooks
    this.#onEnded = onEnded
  }

  get state(): State {
    return this.#state
  }

  /** Sends a call of `write` or `end`. */
  send(call: ResponseCall): unknown {
    if (this.#state === 'waiting' || this.#state === 'ended') {
      return rejectCall(this.#response, call, writeAfterEndError())
    }
    if (call.method === 'write') return this.#original.write.apply(this.#response, call.values)
    checkChunk(call)
    const hooks = this.#hooks
    this.#hooks = undefined
    this.#state = 'waiting'
    const pending = hooks?.beforeEnd?.()
    return isThenable(pending) ? this.#wait(pending, call, hooks) : this.#end(call.values)
  }

  #end(values: unknown[]): unknown {
    this.#state = 'ending'
    try {
      const returned = this.#original.end.apply(this.#response, values)
      this.#state = 'ended'
      this.#onEnded?.()
      return returned
    } catch (error) {
      this.#state = 'open' // Node has refused it, and the response can be ended otherwise
      throw error
    }
  }

  #wait(pending: PromiseLike<void>, call: ResponseCall, hooks: EndHooks | undefined): unknown {
    const response = this.#response
    pending
      .then(() => this.#end(call.values))
      .then(undefined, (error: unknown) => {
        rejectCall(response, call, error)
        abortResponse(response)
        hooks?.onAborted?.(error)
      })
    return returnValue(response, call.method)
  }
}
