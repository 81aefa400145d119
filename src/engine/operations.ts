import { Deadlines, type Deadline } from './deadlines.js'
import { SesseraError, StoreUnavailableError } from '../errors.js'
import { CircuitBreaker } from './circuit-breaker.js'
import { emitEvent } from '../events.js'
import { performance } from './timers.js'
import { isUnreachable } from './unreachable.js'

/** Which place answers for a session, where a store is spread over several that fail one by one. */
export type ShardOf = (session: string) => string | undefined

/**
 * Makes calls to a store that may hang or fail always answer in time. Each operation has one deadline over all its calls, circuit
 * breakers spare what is gone, one for each place, and whatever goes wrong rejects with a `SesseraError`.
 */
export class Guard {
  readonly #deadlineMs: number
  readonly #deadlines: Deadlines
  readonly #shardOf: ShardOf | undefined
  readonly #breakers = new Map<string | undefined, CircuitBreaker>()
  #lastFailure: SesseraError | undefined

  constructor(deadlineMs: number, shardOf?: ShardOf) {
    this.#deadlineMs = deadlineMs
    this.#deadlines = new Deadlines(deadlineMs)
    this.#shardOf = shardOf
  }

  /** Runs one operation: calls to the store, one after the other, under one deadline. */
  async operate<Value>(operation: (calls: GuardedCalls) => Promise<Value>): Promise<Value> {
    const deadline = this.#deadlines.start()
    try {
      return await operation({
        make: (call, session) => this.#make(deadline, call, session),
        within: (promise) => deadline.race(promise, () => this.#late()),
        remainingMs: () => deadline.at - performance.now(),
      })
    } finally {
      this.#deadlines.finish(deadline)
    }
  }

  async #make<Value>(deadline: Deadline, call: () => Promise<Value>, session: string | undefined): Promise<Value> {
    if (deadline.hasPassed) throw this.#late()
    const breaker = this.#breakerFor(session)
    const begun = performance.now()
    if (!breaker.admits(begun)) {
      throw new StoreUnavailableError(
        'The session store keeps failing and is being given a rest; it is tried again within a second.',
        this.#lastFailure,
      )
    }
    try {
      const answer = await deadline.race(call(), () => this.#late())
      breaker.succeeded(performance.now())
      return answer
    } catch (cause) {
      throw this.#failed({ breaker, session, begun }, cause)
    }
  }

  #breakerFor(session: string | undefined): CircuitBreaker {
    const place = session === undefined ? undefined : this.#shardOf?.(session)
    const known = this.#breakers.get(place)
    if (known !== undefined) return known
    const breaker = new CircuitBreaker()
    this.#breakers.set(place, breaker)
    return breaker
  }

  #late(): StoreUnavailableError {
    return new StoreUnavailableError(
      `The session store did not answer within ${this.#deadlineMs} ms.`,
      undefined,
      'silent',
    )
  }

  /** Counts only what says that the place is gone. That a call went wrong on its way there, or was refused, is no outage. */
  #failed(call: Call, cause: unknown): SesseraError {
    const error = SesseraError.is(cause) ? cause : new StoreUnavailableError(failedBy(cause), cause)
    const { reason, answered } = error as Partial<StoreUnavailableError>
    const now = performance.now()
    if (isUnreachable(cause) || (reason === 'silent' && this.#isSilence(call, now))) {
      call.breaker.failed(now, call.session)
      this.#lastFailure = error
    }
    // A refusal of our own, such as of a record too large for the store, or of a full store, is an answer.
    else if (error.status !== 503 || answered === true) call.breaker.succeeded(now)
    if (error.status === 503) emitEvent('store-failed', { error: cause })
    return error
  }

  /** A call that was made when its operation had little time left says nothing, nor does one while others are answered. */
  #isSilence({ breaker, begun }: Call, now: number): boolean {
    return now - begun >= this.#deadlineMs / 4 && !breaker.hasSucceededSince(begun)
  }
}

interface Call {
  readonly breaker: CircuitBreaker
  readonly session: string | undefined
  /** By `performance.now()`. */
  readonly begun: number
}

/** The calls of one operation. */
export interface GuardedCalls {
  /** Makes one call to the store, about this session where it is about one. */
  make<Value>(call: () => Promise<Value>, session?: string): Promise<Value>
  /** Waits for something else under the same deadline. */
  within<Value>(promise: Promise<Value>): Promise<Value>
  /** How much time is left, in ms; negative when the deadline has passed. */
  remainingMs(): number
}

/** Names the cause, where it has a name: its message may contain what was to be stored. */
function failedBy(cause: unknown): string {
  const { code, name } = (cause ?? {}) as { readonly code?: unknown; readonly name?: unknown }
  const isName = (word: unknown): word is string => typeof word === 'string' && /^\w{2,50}$/.test(word)
  const known = [code, name].filter(isName).find((word) => word !== 'Error')
  return `The session store failed${known === undefined ? '' : ` (${known})`}; its error is the cause.`
}
