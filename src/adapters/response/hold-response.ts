import type { ServerResponse } from 'node:http'
import type { Http2ServerResponse } from 'node:http2'
import { isThenable } from '../../engine/thenable.js'
import { replaceResponse } from './discarded-response.js'
import { DrainListeners } from './drain-listeners.js'
import { abortResponse } from './error-response.js'
import { checkChunk, discardedResponseError } from './errors.js'
import { hasStatusMessage } from './head.js'
import { hasEnd, recordCall, rejectCall, type HeldCall } from './held-calls.js'
import { HeldEnd } from './held-end.js'
import { HeldHead } from './held-head.js'
import type { ResponseHooks } from './hooks.js'
import type { HttpResponse, SendMethod } from './http-response.js'
import { ResponsePatch, type PatchReceiver } from './patch.js'

/**
 * Holds the first byte of a response back until the commit is done. Uses Node's public API only: it patches the methods of this
 * response by which a byte can leave. Interim responses (1xx) pass.
 *
 * A commit that returns at once costs no promise. Otherwise the calls are recorded and replayed in order afterwards; until then the
 * head looks sent to the handler, and the response looks neither ended nor finished to its host.
 */
export function holdResponse<Result>(
  response: ServerResponse | Http2ServerResponse,
  hooks: ResponseHooks<Result>,
): void {
  void new HeldResponse(response as unknown as HttpResponse, hooks)
}

type State =
  | { readonly kind: 'waiting' | 'committed' }
  | { readonly kind: 'committing'; readonly calls: HeldCall[] }
  /** The patched `writeHead` sends the head of the other response, unless a wrapper may still call it for the discarded one. */
  | { readonly kind: 'failed'; readonly writeHead: 'sends' | 'rejects' }

const waiting: State = { kind: 'waiting' }
const committed: State = { kind: 'committed' }

class HeldResponse<Result> implements PatchReceiver {
  readonly #response: HttpResponse
  readonly #hooks: ResponseHooks<Result>
  readonly #patch: ResponsePatch
  readonly #head: HeldHead<Result>
  readonly #drainListeners: DrainListeners
  /** From the commit on, if anything must precede the end or may follow it. */
  #end: HeldEnd | undefined
  #state: State = waiting

  constructor(response: HttpResponse, hooks: ResponseHooks<Result>) {
    this.#response = response
    this.#hooks = hooks
    this.#drainListeners = new DrainListeners(response)
    this.#patch = new ResponsePatch(response, this)
    this.#head = new HeldHead(response, hooks, this.#patch)
  }

  receive(method: SendMethod, values: unknown[]): unknown {
    const state = this.#state
    switch (state.kind) {
      case 'waiting':
        return this.#begin(method, values)
      case 'committing':
        return recordCall(state.calls, { method, values }, this.#response)
      case 'committed':
        return this.#send(method, values)
      case 'failed':
        if (method === 'writeHead' && state.writeHead === 'sends') return this.#head.send(values)
        return rejectCall({ method, values }, this.#response, discardedResponseError())
    }
  }

  #begin(method: SendMethod, values: unknown[]): unknown {
    const response = this.#response
    const { original } = this.#patch
    checkChunk(method, values)
    if (method === 'writeHead' && !this.#head.set(values)) return original.writeHead.apply(response, values)
    if (method === 'flushHeaders' && this.#head.state === 'open') {
      this.#head.announce()
      return response.flushHeaders()
    }
    const isWhole = method === 'end'
    const result = this.#commit(isWhole)
    const isPending = isThenable(result)
    if (isPending || this.#hooks.beforeEnd !== undefined) {
      this.#end = new HeldEnd(response, original, isWhole ? undefined : this.#hooks)
    }
    if (isPending) return recordCall(this.#holdUntil(result), { method, values }, response)
    this.#committed(result)
    return this.#replay(method, values)
  }

  #commit(isWhole: boolean): Result | PromiseLike<Result> {
    try {
      return this.#hooks.commit(this.#response.statusCode ?? 200, isWhole)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Returns the list of calls to record. */
  #holdUntil(pending: PromiseLike<Result>): HeldCall[] {
    const response = this.#response
    const { statusCode } = response
    const statusMessage = hasStatusMessage(response) ? (response.statusMessage ?? '') : undefined
    const calls: HeldCall[] = []
    this.#state = { kind: 'committing', calls }
    this.#patch.markHeadSent()
    pending
      .then(
        (result) => {
          this.#committed(result)
          if (statusCode !== undefined) response.statusCode = statusCode
          if (statusMessage !== undefined) response.statusMessage = statusMessage
          this.#replayAll(calls)
        },
        (error: unknown) => this.#fail(error, calls),
      )
      .then(undefined, () => abortResponse(response)) // nobody could catch what a host's own methods throw
    return calls
  }

  #committed(result: Result): void {
    this.#state = committed
    this.#head.committed(result)
    this.#patch.remove(this.#end === undefined ? 'nothing' : 'body')
    this.#drainListeners.stop()
  }

  #replayAll(calls: HeldCall[]): void {
    const wasEnded = hasEnd(calls)
    let buffer: 'unused' | 'full' | 'free' = 'unused'
    try {
      for (let call = calls.shift(); call !== undefined; call = calls.shift()) {
        const returned = this.#replay(call.method, call.values)
        if (call.method === 'write') buffer = returned === false ? 'full' : 'free'
      }
    } catch (error) {
      return this.#fail(error, calls)
    }
    // Node emits `drain` once a full buffer is empty; where it never was full, only we know that somebody waits.
    if (buffer === 'free' && !wasEnded) this.#drainListeners.wake()
  }

  #replay(method: SendMethod, values: unknown[]): unknown {
    // What `writeHead` was called with is on the response already.
    if (method === 'writeHead') return this.#head.send([this.#response.statusCode])
    this.#head.setHeaders()
    const returned = this.#send(method, values)
    this.#head.sent()
    return returned
  }

  #send(method: SendMethod, values: unknown[]): unknown {
    if (method === 'writeHead') return this.#head.send(values)
    if (method !== 'flushHeaders' && this.#end !== undefined) return this.#end.call(method, values)
    return this.#patch.original[method].apply(this.#response, values)
  }

  /** Discards the response, so that another one can be sent; aborts it if its head was sent already. */
  #fail(error: unknown, calls: readonly HeldCall[]): void {
    const response = this.#response
    const head = this.#head
    const { state } = head
    const rejectCalls = (): void => calls.forEach((call) => rejectCall(call, response, error))
    this.#patch.restore()
    this.#drainListeners.restore()
    if (state === 'sent' || !this.#patch.markHeadUnsent()) {
      rejectCalls()
      abortResponse(response)
      return this.#hooks.onAborted?.(error)
    }
    this.#state = { kind: 'failed', writeHead: state === 'open' ? 'sends' : 'rejects' }
    head.failed(error)
    this.#patch.removeWrappers(state, (...values) => head.send(values))
    replaceResponse(response, this.#patch.original, error, this.#drainListeners.exist, () => head.setHeaders())
    rejectCalls()
    this.#hooks.onError(error)
  }
}
