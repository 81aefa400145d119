import { SesseraError } from './sessera-error.js'

/** Why the whole store, not only one call to it, counts as unavailable. */
export type UnavailableReason = 'unreachable' | 'silent'

/** The store failed, did not answer in time, or is not called because its circuit breaker is open. 503 with `Retry-After`. */
export class StoreUnavailableError extends SesseraError {
  readonly code: string = 'STORE_UNAVAILABLE'
  /** Whether the store answered, so that it counts as available. */
  readonly answered: boolean = false
  /** `unreachable`: there is no connection to the store. `silent`: it did not answer before the deadline. Otherwise `undefined`. */
  readonly reason: UnavailableReason | undefined

  constructor(message: string, cause?: unknown, reason?: UnavailableReason) {
    super(message, { cause, status: 503, headers: { 'Retry-After': '1' } })
    this.reason = reason
  }
}

/**
 * The store answered with an error. Redis, for example, may be loading its data, be read-only, or deny this user a command; the message
 * says which. Other calls may succeed.
 */
export class StoreRefusedError extends StoreUnavailableError {
  override readonly code: string = 'STORE_REFUSED'
  override readonly answered = true
}

/** The store is full. The stored session is unchanged; reading and signing out still work. */
export class StoreFullError extends StoreRefusedError {
  override readonly code = 'STORE_FULL'

  constructor(cause: unknown, advice = 'give it more memory, or let it evict what expires first') {
    super(`The session store is full and has stored nothing new; ${advice}.`, cause)
  }
}

/** The store returned another session's record. It was not used. */
export class RecordMismatchError extends StoreUnavailableError {
  override readonly code = 'RECORD_MISMATCH'

  constructor() {
    super('The session store returned the record of another session, which was not used.')
  }
}

/** The store cannot do this. */
export class UnsupportedByStoreError extends SesseraError {
  readonly code = 'UNSUPPORTED_BY_STORE'

  constructor(what: string, member: string, advice = 'Use the Redis, lmdb or memory store, or add it to yours.') {
    super(`The session store cannot ${what}: it has no ${member}. ${advice}`)
  }
}
