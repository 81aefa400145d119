import { SesseraError, StoreUnavailableError } from '../errors.js'
import { emitEvent } from '../events.js'
import { CircuitBreaker } from './circuit-breaker.js'
import { performance } from './timers.js'
import { isUnreachable } from './unreachable.js'

/** Names the server that holds a session, for a store on several servers that fail independently. */
export type ShardOf = (session: string) => string | undefined

/** A call that was made. */
export interface AdmittedCall {
  readonly breaker: CircuitBreaker
  /** The session that it was about. */
  readonly session: string | undefined
  /** By `performance.now()`. */
  readonly begun: number
  /** How many calls had been answered when it was made. */
  readonly successesBefore: number
}

/** The circuit breakers of one store, one for each of its servers, and the rules of what counts as an outage. */
export class CircuitBreakers {
  readonly #deadlineMs: number
  readonly #shardOf: ShardOf | undefined
  readonly #breakers = new Map<string | undefined, CircuitBreaker>()
  #lastOutage: SesseraError | undefined

  constructor(deadlineMs: number, shardOf?: ShardOf) {
    this.#deadlineMs = deadlineMs
    this.#shardOf = shardOf
  }

  /** The call that may be made now. Throws `StoreUnavailableError` while the circuit is open. */
  admit(session: string | undefined, now: number): AdmittedCall {
    const shard = session === undefined ? undefined : this.#shardOf?.(session)
    let breaker = this.#breakers.get(shard)
    if (breaker === undefined) this.#breakers.set(shard, (breaker = new CircuitBreaker()))
    if (breaker.admits(now)) return { breaker, session, begun: now, successesBefore: breaker.successes }
    throw new StoreUnavailableError(
      'The session store keeps failing, so it was not called; it is tried again within a second.',
      this.#lastOutage,
    )
  }

  /**
   * The error to reject a failed call with. Only an outage opens the circuit: a server that cannot be reached or stays silent. An
   * error about one argument, record or handler is not one.
   */
  failed(call: AdmittedCall, cause: unknown): SesseraError {
    const error = SesseraError.is(cause) ? cause : new StoreUnavailableError(failureMessage(cause), cause)
    const { reason, answered } = error as Partial<StoreUnavailableError>
    const now = performance.now()
    if (isUnreachable(cause) || (reason === 'silent' && this.#isSilence(call, now))) {
      call.breaker.failed(now, call.session)
      this.#lastOutage = error
    }
    // Errors about a record that is too large, or a store that is full, are answers.
    else if ((error.status !== 503 || answered === true) && call.breaker.succeeded()) emitEvent('store-recovered', {})
    if (error.status === 503) emitEvent('store-failed', { error: cause })
    return error
  }

  /** A call made shortly before its deadline proves nothing, nor does a silent call while others get answers. */
  #isSilence({ breaker, begun, successesBefore }: AdmittedCall, now: number): boolean {
    return now - begun >= this.#deadlineMs / 4 && breaker.successes === successesBefore
  }
}

/** Gives the cause's name only: its message may contain what was to be stored. */
function failureMessage(cause: unknown): string {
  const { code, name } = (cause ?? {}) as { readonly code?: unknown; readonly name?: unknown }
  const isName = (word: unknown): word is string => typeof word === 'string' && /^\w{2,50}$/.test(word)
  const known = [code, name].filter(isName).find((word) => word !== 'Error')
  return `The session store failed${known === undefined ? '' : ` (${known})`}; its error is the cause.`
}
