import type { ServerResponse } from 'node:http'
import type { Http2ServerResponse } from 'node:http2'
import { isThenable } from '../../engine/thenable.js'
import { Cover, type Target, type Verb } from './patch.js'
import { DrainListeners } from './drain-listeners.js'
import { answerOf, guardLateCalls, refuse, refuseLate } from './dropped-answer.js'
import { cut, withdrawAnswer } from './error-answer.js'
import type { Hold } from './hold.js'
import { droppedAnswerError, endedError, headersSentError, isHeadersSent, refuseOddChunk } from './errors.js'
import { hasStatusMessage, putHead } from './head.js'

/**
 * Keeps the first byte of a response back until the commit is done, by Node's public API only: the methods by which a byte
 * can leave are covered on this one response. Interim answers (1xx) pass.
 *
 * A commit that answers at once costs no promise. Otherwise the calls are recorded and played in their order afterwards; meanwhile
 * the head looks sent to the handler, and nothing looks ended or finished to its host.
 */
export function holdResponse<Result>(response: ServerResponse | Http2ServerResponse, hold: Hold<Result>): void {
  void new HeldResponse(response as unknown as Target, hold)
}

class HeldResponse<Result> {
  readonly #response: Target
  readonly #hold: Hold<Result>
  readonly #cover: Cover
  #state: 'waiting' | 'holding' | 'released' | 'failed' = 'waiting'
  /** Whoever wrapped the response later has heard of the head. */
  #isHeadTold = false
  /** Hosts may say otherwise by `headersSent`. */
  #isHeadSent = false
  #mustFinish = false
  /** What comes after the end is kept from Node, which would end the process over it. */
  #guardsEnd: boolean
  #endGiven = false
  /** Within Node's own `end`, which over HTTP/2 calls `write`. */
  #isEnding = false
  #statusMessage = ''
  #result: { readonly value: Result } | undefined
  #error: unknown
  readonly #calls: { readonly verb: Verb; readonly values: unknown[] }[] = []
  readonly #drainListeners: DrainListeners

  constructor(response: Target, hold: Hold<Result>) {
    this.#response = response
    this.#hold = hold
    this.#guardsEnd = hold.finish !== undefined
    this.#drainListeners = new DrainListeners(response)
    this.#cover = new Cover(response, (verb, values) => this.#call(verb, values))
  }

  #call(verb: Verb, values: unknown[]): unknown {
    switch (this.#state) {
      case 'waiting':
        return this.#begin(verb, values)
      case 'holding':
        return this.#record(verb, values)
      case 'released':
        return this.#send(verb, values)
      case 'failed': // from a wrapper of the answer that was dropped, or of the head of the other one
        if (verb === 'writeHead' && !this.#isHeadTold) return this.#sendHead(values)
        return refuse(this.#response, verb, values, droppedAnswerError())
    }
  }

  #begin(verb: Verb, values: unknown[]): unknown {
    refuseOddChunk(verb, values)
    if (verb === 'writeHead' && !this.#takeHead(values)) {
      return this.#cover.original.writeHead.apply(this.#response, values)
    }
    if (verb === 'flushHeaders' && !this.#isHeadTold) return this.#tellHead()
    this.#mustFinish = verb !== 'end' && this.#hold.finish !== undefined
    const result = this.#commit(verb === 'end')
    if (isThenable(result)) {
      this.#keepBack(result)
      return this.#record(verb, values)
    }
    this.#takeOff(result)
    return this.#play(verb, values)
  }

  /** `false` for what Node refuses, and for a handshake, which goes on without us. */
  #takeHead(values: unknown[]): boolean {
    if (values.length === 0 && this.#response.statusCode === undefined) this.#hold.putAtOnce?.()
    this.#isHeadTold = putHead(this.#response, values)
    return this.#isHeadTold
  }

  /** Wrappers that wait for the head, as those that compress do, hear of it before it looks sent. */
  #tellHead(): unknown {
    this.#isHeadTold = true
    if (typeof this.#response.writeHead === 'function') this.#response.writeHead(this.#response.statusCode)
    return this.#response.flushHeaders()
  }

  #commit(whole: boolean): Result | PromiseLike<Result> {
    try {
      return this.#hold.commit(this.#response.statusCode ?? 200, whole)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #put(): void {
    if (this.#isHeadSent) return
    try {
      if (this.#result !== undefined) this.#hold.apply(this.#result.value)
      if (this.#state === 'failed') this.#hold.applyToError?.(this.#error)
    } catch (error) {
      if (!isHeadersSent(error)) throw error // else somebody has sent the head behind our back
    }
  }

  #play(verb: Verb, values: unknown[]): unknown {
    // The head of writeHead stands on the response already.
    if (verb === 'writeHead') return this.#sendHead([this.#response.statusCode])
    this.#put()
    const answer = this.#send(verb, values)
    this.#isHeadSent = true
    return answer
  }

  #sendHead(values: unknown[]): unknown {
    const response = this.#response
    const isRefused = this.#isHeadSent || !putHead(response, values)
    if (isRefused) return this.#cover.original.writeHead.apply(response, values)
    const answer = this.#cover.sendHead([response.statusCode], () => this.#put())
    this.#isHeadSent = true
    return answer
  }

  #send(verb: Verb, values: unknown[]): unknown {
    if (verb === 'writeHead') return this.#sendHead(values)
    const isBody = verb === 'write' || verb === 'end'
    if (isBody && this.#endGiven && !this.#isEnding) return refuse(this.#response, verb, values, endedError())
    if (verb !== 'end' || !this.#guardsEnd) return this.#cover.original[verb].apply(this.#response, values)
    refuseOddChunk(verb, values)
    this.#endGiven = true
    return this.#mustFinish ? this.#finish(values) : this.#end(values)
  }

  #end(values: unknown[]): unknown {
    this.#isEnding = true
    try {
      return this.#cover.original.end.apply(this.#response, values)
    } catch (error) {
      this.#endGiven = false // Node has refused it, and it can be ended otherwise
      throw error
    } finally {
      this.#isEnding = false
    }
  }

  #finish(values: unknown[]): unknown {
    this.#mustFinish = false
    const pending = this.#hold.finish?.()
    if (!isThenable(pending)) return this.#end(values)
    pending
      .then(() => this.#end(values))
      .then(undefined, (error: unknown) => {
        refuse(this.#response, 'end', values, error)
        cut(this.#response)
        this.#hold.onCut?.(error)
      })
    return answerOf(this.#response, 'end')
  }

  #keepBack(pending: PromiseLike<Result>): void {
    const response = this.#response
    const { statusCode } = response
    if (hasStatusMessage(response)) this.#statusMessage = response.statusMessage ?? ''
    this.#state = 'holding'
    this.#guardsEnd = true
    this.#cover.showHeadSent()
    pending
      .then(
        (result) => this.#release(statusCode, result),
        (error: unknown) => this.#fail(error),
      )
      .then(undefined, () => cut(response)) // what a host's own methods throw is nobody's to catch
  }

  #record(verb: Verb, values: unknown[]): unknown {
    refuseOddChunk(verb, values)
    const response = this.#response
    if (verb === 'writeHead' && this.#calls.length > 0) {
      // Wrappers that look for Node's own head instead of `headersSent` ask for it again with each write.
      if (values.length === 1) return response
      throw headersSentError(verb)
    }
    if (this.#endGiven) return refuseLate(response, verb, values)
    this.#calls.push({ verb, values })
    if (verb === 'end') this.#endGiven = true
    return answerOf(response, verb)
  }

  #release(statusCode: number | undefined, result: Result): void {
    const response = this.#response
    const wasEnded = this.#endGiven
    this.#takeOff(result)
    if (statusCode !== undefined) response.statusCode = statusCode
    if (hasStatusMessage(response)) response.statusMessage = this.#statusMessage
    this.#endGiven = false
    let full: unknown
    try {
      for (let call = this.#calls.shift(); call !== undefined; call = this.#calls.shift()) {
        const answer = this.#play(call.verb, call.values)
        if (call.verb === 'write') full = answer === false
      }
    } catch (error) {
      return this.#fail(error)
    }
    // Node tells when a full buffer is empty again; where it never was full, only we know that somebody waits.
    if (full === false && !wasEnded) this.#drainListeners.wake()
  }

  #takeOff(result: Result): void {
    this.#state = 'released'
    this.#result = { value: result }
    const ends: Verb[] = this.#guardsEnd ? ['write', 'end'] : []
    this.#cover.takeOff(this.#cover.isAmongWrappers ? [...ends, 'writeHead'] : ends)
    this.#drainListeners.unwatch()
  }

  #fail(error: unknown): void {
    const response = this.#response
    this.#cover.unveil()
    this.#drainListeners.unwatch()
    const calls = this.#calls.splice(0)
    const tellCalls = (): void => calls.forEach(({ verb, values }) => refuse(response, verb, values, error))
    if (this.#isHeadSent || !this.#cover.showHeadUnsent()) {
      tellCalls()
      cut(response)
      return this.#hold.onCut?.(error)
    }
    this.#state = 'failed'
    this.#error = error
    // Wrappers that came after us may hold half of the dropped answer; the next one goes around them.
    this.#cover.strip(this.#isHeadTold, (...values) => this.#sendHead(values))
    guardLateCalls(response, this.#cover.original, error, this.#drainListeners.areThere, () => this.#put())
    withdrawAnswer(response, error)
    response.addTrailers?.({})
    tellCalls()
    this.#hold.onError(error)
  }
}
