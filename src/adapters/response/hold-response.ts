import { isThenable } from '../../engine/thenable.js'
import { replaceResponse } from './discarded-response.js'
import { DrainListeners } from './drain-listeners.js'
import { abortResponse } from './error-response.js'
import { checkChunk, discardedResponseError, isHeadersSent } from './errors.js'
import { recordCall, rejectCall } from './held-calls.js'
import { HeldEnd } from './held-end.js'
import type { ResponseHooks } from './hooks.js'
import { hasStatusMessage, setHead, type HttpResponse, type ResponseCall } from './http-response.js'
import { patchResponse, removeWrappers, type CallReceiver, type ResponsePatch } from './response-patch.js'

/**
 * Holds the first byte of a response back until the commit is done. Uses Node's public API only: it patches the methods of this
 * response that can send a byte. Interim responses (1xx) pass.
 *
 * A commit that returns at once costs no promise. Otherwise the calls are recorded and replayed in order afterwards; until then the
 * head looks sent to the handler, and the response looks neither ended nor finished to its host.
 */
export function holdResponse<Result>(response: HttpResponse, hooks: ResponseHooks<Result>): void {
  void new HeldResponse(response, hooks)
}

type State<Result> =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'committing'; readonly calls: ResponseCall[] }
  | { readonly kind: 'committed'; readonly result: Result }
  /** The patched `writeHead` sends the head of the other response, unless wrappers may still call it for the discarded one. */
  | { readonly kind: 'failed'; readonly setHeaders: () => void; readonly writeHead: 'sends' | 'rejects' }

const waiting = { kind: 'waiting' } as const

class HeldResponse<Result> implements CallReceiver {
  readonly #response: HttpResponse
  readonly #hooks: ResponseHooks<Result>
  readonly #patch: ResponsePatch
  readonly #drainListeners: DrainListeners
  #state: State<Result> = waiting
  /** `announced`: later wrappers have seen the head. `sent`: we sent it; `headersSent` of other hosts may differ. */
  #head: 'open' | 'announced' | 'sent' = 'open'
  /** From the commit on, if anything must precede the end or may follow it. */
  #end: HeldEnd | undefined

  constructor(response: HttpResponse, hooks: ResponseHooks<Result>) {
    this.#response = response
    this.#hooks = hooks
    this.#drainListeners = new DrainListeners(response)
    this.#patch = patchResponse(response, this)
  }

  receive(call: ResponseCall): unknown {
    const state = this.#state
    switch (state.kind) {
      case 'waiting':
        return this.#begin(call)
      case 'committing':
        return recordCall(this.#response, state.calls, call)
      case 'committed':
        return this.#send(call)
      case 'failed':
        if (call.method === 'writeHead' && state.writeHead === 'sends') return this.#sendHead(call.values)
        return rejectCall(this.#response, call, discardedResponseError())
    }
  }

  #begin(call: ResponseCall): unknown {
    const { method, values } = call
    const response = this.#response
    const { original } = this.#patch
    checkChunk(call)
    if (method === 'writeHead' && !this.#takeHead(values)) return original.writeHead.apply(response, values)
    if (method === 'flushHeaders' && this.#head === 'open') {
      // Wrappers that wait for the head, as compressing ones do, must see it before it looks sent.
      this.#head = 'announced'
      if (typeof response.writeHead === 'function') response.writeHead(response.statusCode)
      return response.flushHeaders?.()
    }
    const first = method === 'writeHead' ? { method, values: [response.statusCode] } : call
    const isWhole = method === 'end'
    const result = this.#commit(isWhole)
    const isPending = isThenable(result)
    if (isPending || this.#hooks.beforeEnd !== undefined) {
      this.#end = new HeldEnd(response, original, isWhole ? undefined : this.#hooks, () => this.#patch.ended())
    }
    if (isPending) return this.#holdUntil(result, first)
    this.#committed(result)
    return this.#send(first)
  }

  /** `false` for arguments that Node refuses, and for a WebSocket handshake, which cannot be held. */
  #takeHead(values: unknown[]): boolean {
    if (values.length === 0 && this.#response.statusCode === undefined) this.#hooks.setHandshakeHeaders?.()
    const isTaken = setHead(this.#response, values)
    this.#head = isTaken ? 'announced' : 'open'
    return isTaken
  }

  #commit(isWhole: boolean): Result | PromiseLike<Result> {
    try {
      return this.#hooks.commit(this.#response.statusCode ?? 200, isWhole)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #holdUntil(pending: PromiseLike<Result>, first: ResponseCall): unknown {
    const response = this.#response
    const { statusCode } = response
    const statusMessage = hasStatusMessage(response) ? (response.statusMessage ?? '') : undefined
    const calls: ResponseCall[] = []
    const release = (result: Result): void => {
      this.#committed(result)
      if (statusCode !== undefined && response.statusCode !== statusCode) response.statusCode = statusCode
      if (statusMessage !== undefined && (response.statusMessage ?? '') !== statusMessage)
        response.statusMessage = statusMessage
      this.#replay(calls)
    }
    this.#state = { kind: 'committing', calls }
    this.#patch.markHeadSent()
    const settled = pending.then(release, (error: unknown) => this.#fail(error, calls))
    // Nothing else catches what a host's own methods throw.
    settled.then(undefined, () => abortResponse(response))
    return recordCall(response, calls, first)
  }

  #committed(result: Result): void {
    this.#state = { kind: 'committed', result }
    this.#patch.remove(this.#end === undefined ? 'free' : 'held')
    this.#drainListeners.stop()
  }

  #replay(calls: ResponseCall[]): void {
    let isFull = true
    try {
      for (let call = calls.shift(); call !== undefined; call = calls.shift()) {
        const returned = this.#send(call)
        if (call.method === 'write') isFull = returned === false
        if (call.method === 'end') return
      }
    } catch (error) {
      return this.#fail(error, calls)
    }
    // Node emits `drain` once a full buffer is empty; if it never was full, only we know about the waiting listeners.
    if (!isFull) this.#drainListeners.wake()
  }

  #send(call: ResponseCall): unknown {
    const { method, values } = call
    if (method === 'writeHead') return this.#sendHead(values)
    this.#setHeaders()
    const returned =
      method === 'flushHeaders' || this.#end === undefined
        ? this.#patch.original[method].apply(this.#response, values)
        : this.#end.send(call)
    this.#head = 'sent'
    return returned
  }

  #sendHead(values: unknown[]): unknown {
    const isRefused = this.#head === 'sent' || !setHead(this.#response, values)
    if (isRefused) return this.#patch.original.writeHead.apply(this.#response, values)
    const returned = this.#patch.sendHead(() => this.#setHeaders())
    this.#head = 'sent'
    return returned
  }

  #setHeaders(): void {
    if (this.#head === 'sent') return
    const state = this.#state
    try {
      if (state.kind === 'committed') this.#hooks.setHeaders(state.result)
      else if (state.kind === 'failed') state.setHeaders()
    } catch (error) {
      if (!isHeadersSent(error)) throw error // else the head was sent without passing the patch
    }
  }

  /** Discards the response, so that another one can be sent; aborts it if its head was sent already. */
  #fail(error: unknown, calls: readonly ResponseCall[]): void {
    const [response, hooks, patch, head, before] = [this.#response, this.#hooks, this.#patch, this.#head, this.#state]
    for (const call of calls) rejectCall(response, call, error)
    patch.restore()
    this.#drainListeners.restore()
    if (head === 'sent' || !patch.isHeadUnsent()) {
      abortResponse(response)
      return hooks.onAborted?.(error)
    }
    const setHeaders = (): void => {
      if (before.kind === 'committed') hooks.setHeaders(before.result)
      hooks.setErrorHeaders?.(error)
    }
    this.#state = { kind: 'failed', setHeaders, writeHead: head === 'open' ? 'sends' : 'rejects' }
    removeWrappers(response, patch.original, head, (...values) => this.#sendHead(values))
    replaceResponse(response, patch.original, error, this.#drainListeners.exist, () => this.#setHeaders())
    hooks.onError(error)
  }
}
