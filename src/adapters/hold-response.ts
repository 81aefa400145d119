import type { ServerResponse } from 'node:http'
import type { Http2ServerResponse } from 'node:http2'
import { isThenable } from '../thenable.js'
import { Cover, type Method, type Target, type Verb } from './cover.js'
import { DrainListeners } from './drain-listeners.js'
import { droppedAnswerError, endedError, headersSentError, refuseOddChunk } from './response-errors.js'
import { hasStatusMessage, putHead, withdrawAnswer } from './response-head.js'

/** What is to be done before a response leaves. */
export interface Hold<Result> {
  /**
   * Called once, when the first byte is about to leave, with the status that it will carry, and whether the whole answer leaves
   * with it. While a promise is pending nothing leaves; a rejection means that this answer is not given.
   */
  commit(status: number, whole: boolean): Result | Promise<Result>
  /** Puts on the response what the commit asks for. Called right before the first byte leaves. */
  apply(result: Result): void
  /**
   * For an answer that began before its end: called when the end is about to leave, which waits for a promise. Must not reject.
   */
  finish?(): void | Promise<void>
  /** The commit failed, nothing was sent, and what the handler had answered was taken back: another answer can be given. */
  onError(error: unknown): void
}

/**
 * Keeps the first byte of a response back until the commit is done, by Node's public API only: the four methods by which a byte
 * can leave are covered on this one response. Interim answers (1xx) pass.
 *
 * A commit that answers at once costs no promise. Otherwise the calls are recorded and played in their order afterwards, and
 * meanwhile the response looks to the handler as if they had been carried out.
 */
export function holdResponse<Result>(response: ServerResponse | Http2ServerResponse, hold: Hold<Result>): void {
  void new HeldResponse(response as unknown as Target, hold)
}

const headerMethods = ['setHeader', 'setHeaders', 'appendHeader', 'removeHeader']

class HeldResponse<Result> {
  readonly #response: Target
  readonly #hold: Hold<Result>
  readonly #cover: Cover
  #state: 'waiting' | 'holding' | 'released' | 'failed' = 'waiting'
  #isHeadTold = false
  #mustFinish = false
  #endGiven = false
  #endSent = false
  /** Within Node's own `end`, which over HTTP/2 calls `write`. */
  #isEnding = false
  #statusMessage = ''
  readonly #calls: { readonly verb: Verb; readonly values: unknown[] }[] = []
  readonly #drainListeners: DrainListeners

  constructor(response: Target, hold: Hold<Result>) {
    this.#response = response
    this.#hold = hold
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
      case 'failed': // from a wrapper of the answer that was dropped
        return this.#refuse(verb, values, droppedAnswerError())
    }
  }

  #begin(verb: Verb, values: unknown[]): unknown {
    refuseOddChunk(verb, values)
    const response = this.#response
    const isRefused = verb === 'writeHead' && !putHead(response, values)
    if (isRefused) return this.#cover.original.writeHead.apply(response, values)
    if (verb === 'flushHeaders' && !this.#isHeadTold) return this.#tellHead()
    this.#mustFinish = verb !== 'end' && this.#hold.finish !== undefined
    const result = this.#commit(verb === 'end')
    if (isThenable(result)) {
      this.#keepBack(result)
      return this.#record(verb, values)
    }
    this.#takeOff()
    this.#apply(result)
    return this.#play(verb, values)
  }

  /** Wrappers that wait for the head, as those that compress do, hear of it before it looks sent. */
  #tellHead(): unknown {
    this.#isHeadTold = true
    this.#response.writeHead(this.#response.statusCode)
    return this.#response.flushHeaders()
  }

  #commit(whole: boolean): Result | PromiseLike<Result> {
    try {
      return this.#hold.commit(this.#response.statusCode, whole)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #apply(result: Result): void {
    if (!this.#response.headersSent) this.#hold.apply(result) // else somebody has sent the head behind our back
  }

  #play(verb: Verb, values: unknown[]): unknown {
    // The head of writeHead stands on the response already.
    return this.#send(verb, verb === 'writeHead' ? [this.#response.statusCode] : values)
  }

  #send(verb: Verb, values: unknown[]): unknown {
    const isBody = verb === 'write' || verb === 'end'
    if (isBody && this.#endSent && !this.#isEnding) return this.#refuse(verb, values, endedError())
    if (verb !== 'end' || this.#hold.finish === undefined)
      return this.#cover.original[verb].apply(this.#response, values)
    refuseOddChunk(verb, values)
    this.#endSent = true
    return this.#mustFinish ? this.#finish(values) : this.#end(values)
  }

  #end(values: unknown[]): unknown {
    this.#isEnding = true
    try {
      return this.#cover.original.end.apply(this.#response, values)
    } finally {
      this.#isEnding = false
    }
  }

  #finish(values: unknown[]): unknown {
    this.#mustFinish = false
    const pending = this.#hold.finish?.()
    if (!isThenable(pending)) return this.#end(values)
    this.#cover.show('writableEnded', { get: () => true })
    void pending.then(() => {
      this.#takeOff()
      try {
        this.#end(values)
      } catch (error) {
        // Nobody can catch it any more, and the client must not wait for ever.
        this.#response.destroy()
        this.#hold.onError(error)
      }
    })
    return this.#answerOf('end')
  }

  #keepBack(pending: PromiseLike<Result>): void {
    const response = this.#response
    const status = response.statusCode
    if (hasStatusMessage(response)) this.#statusMessage = response.statusMessage
    this.#state = 'holding'
    this.#cover.show('headersSent', { get: () => true })
    this.#cover.show('writableEnded', { get: () => this.#endGiven })
    for (const name of headerMethods) {
      const refuse = (): never => {
        throw headersSentError(name)
      }
      if (name in response) this.#cover.show(name, { value: refuse, writable: true })
    }
    pending.then(
      (result) => this.#release(status, result),
      (error: unknown) => this.#fail(error),
    )
  }

  #record(verb: Verb, values: unknown[]): unknown {
    refuseOddChunk(verb, values)
    if (verb === 'writeHead' && this.#calls.length > 0) {
      // Wrappers that look for Node's own head instead of `headersSent` ask for it again with each write.
      if (values.length === 1) return this.#response
      throw headersSentError(verb)
    }
    this.#calls.push({ verb, values })
    if (verb === 'end') this.#endGiven = true
    return this.#answerOf(verb)
  }

  #answerOf(verb: Verb): unknown {
    if (verb === 'write') return false
    return verb === 'flushHeaders' ? undefined : this.#response
  }

  #release(status: number, result: Result): void {
    const response = this.#response
    this.#takeOff()
    response.statusCode = status
    if (hasStatusMessage(response)) response.statusMessage = this.#statusMessage
    let full: unknown
    try {
      this.#apply(result)
      for (let call = this.#calls.shift(); call !== undefined; call = this.#calls.shift()) {
        const answer = this.#play(call.verb, call.values)
        if (call.verb === 'write') full = answer === false
      }
    } catch (error) {
      return this.#fail(error, () => this.#apply(result))
    }
    // Node tells when a full buffer is empty again; where it never was full, only we know that somebody waits.
    if (full === false && !this.#endGiven) this.#drainListeners.wake()
  }

  #takeOff(): void {
    this.#state = 'released'
    // With `finish`, what comes after the end is kept from Node, which would end the process over it.
    if (this.#hold.finish === undefined) this.#cover.takeOff()
    else this.#cover.takeOff('write', 'end')
    this.#drainListeners.unwatch()
  }

  /** `reapply` puts back what the commit asked for, where that was stored before something else failed. */
  #fail(error: unknown, reapply?: () => void): void {
    const response = this.#response
    this.#takeOff()
    this.#state = 'failed'
    // Wrappers that came after us may hold half of the dropped answer; the next one goes around them.
    this.#cover.restore()
    this.#guardLateCalls(error)
    if (!response.headersSent) {
      withdrawAnswer(response, error)
      response.addTrailers({})
      reapply?.()
    }
    for (const { verb, values } of this.#calls) this.#refuse(verb, values, error)
    this.#hold.onError(error)
  }

  /**
   * A timer or a stream of the failed handler may go on for a while. Once the answer that was given instead is complete, it can
   * disturb nothing; before that its calls cannot be told from those of an error handler that takes its time.
   */
  #guardLateCalls(error: unknown): void {
    for (const verb of ['write', 'end'] as const) {
      this.#response[verb] = (...values) => {
        const isOver = this.#response.writableEnded || this.#response.destroyed
        return isOver ? this.#refuse(verb, values, error) : this.#cover.original[verb].apply(this.#response, values)
      }
    }
  }

  #refuse(verb: Verb, values: readonly unknown[], error: unknown): unknown {
    const callback = values.findLast((value) => typeof value === 'function') as Method | undefined
    if (callback !== undefined) process.nextTick(callback, error)
    return this.#answerOf(verb)
  }
}
