const brand: unique symbol = Symbol.for('sessera.error') as never

interface ErrorDetails {
  readonly cause?: unknown
  /** The HTTP status to answer with. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * The base of all errors that Sessera throws. Each has a stable `code`, a message that says what to do, and the original error as `cause`.
 * None contains a token or session data.
 *
 * Express, Koa and others read `status`, `statusCode`, `expose` and `headers` from an error.
 */
export abstract class SesseraError extends Error {
  abstract readonly code: string
  readonly status: number
  readonly statusCode: number
  /** Whether visitors may see the message. It is for developers and operators. */
  readonly expose: boolean = false
  readonly headers: Readonly<Record<string, string>>

  constructor(message: string, { cause, status = 500, headers = {} }: ErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = new.target.name
    this.status = status
    this.statusCode = status
    this.headers = headers
  }

  /** Whether this is a Sessera error, also one from another copy of the package. */
  static is(value: unknown): value is SesseraError {
    return typeof value === 'object' && value !== null && brand in value
  }
}
Object.defineProperty(SesseraError.prototype, brand, { value: true })

/** An option, named by `option`, is wrong. Thrown when the application starts. */
export class InvalidOptionError extends SesseraError {
  readonly code = 'INVALID_OPTION'
  readonly option: string

  constructor(option: string, problem: string, cause?: unknown) {
    super(`Option ${option} ${problem}.`, { cause })
    this.option = option
  }
}

/** An argument of a call is wrong. */
export class InvalidArgumentError extends SesseraError {
  readonly code = 'INVALID_ARGUMENT'
}

/** The session cookie must be set, but the request came over plain HTTP. Thrown before the store is called. */
export class InsecureRequestError extends SesseraError {
  readonly code = 'INSECURE_REQUEST'

  constructor() {
    super(
      'The session cookie is Secure but this request came over plain HTTP: let the framework trust your proxy, serve HTTPS, set ' +
        'cookie: { development: true } during development (for hosts other than this machine, or behind a development proxy), ' +
        'or turn Secure off with cookie: { secure: false }.',
    )
  }
}

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

/** The session ended before the changes were stored, so nothing was stored. `update` and `save` reject with it. */
export class SessionEndedError extends SesseraError {
  readonly code = 'SESSION_ENDED'

  constructor() {
    super('The session has ended, so nothing was stored; let the visitor sign in again.', { status: 409 })
  }
}

/**
 * A rotation or a sign-in replaced the session's secret before the changes were stored, so nothing was stored. `update` and `save` reject
 * with it; after a rotation, so does the commit.
 */
export class SessionSupersededError extends SesseraError {
  readonly code = 'SESSION_SUPERSEDED'

  constructor() {
    super('The secret of the session was replaced, so nothing was stored; let the visitor try again.', {
      status: 409,
    })
  }
}

/**
 * All sessions of the user were ended while this request signed the user in, so it did not. What it had checked, such as a password, may no
 * longer be true.
 */
export class SignInRevokedError extends SesseraError {
  readonly code = 'SIGN_IN_REVOKED'

  constructor() {
    super(
      'The sessions of this user were ended while this request signed in: let the user sign in again. A request that ends the ' +
        "user's sessions and signs in itself passes { except: session } to end().",
      { status: 409 },
    )
  }
}

/** The user has as many sessions as `maxSessionsPerUser` allows, and `onOverflow` is `refuse`. */
export class SessionLimitError extends SesseraError {
  readonly code = 'SESSION_LIMIT'

  constructor(most: number) {
    super(`The user has ${most} sessions, as many as maxSessionsPerUser allows: let the user end one first.`, {
      status: 409,
    })
  }
}

/** The store cannot do this. */
export class UnsupportedByStoreError extends SesseraError {
  readonly code = 'UNSUPPORTED_BY_STORE'

  constructor(what: string, member: string) {
    super(
      `The session store cannot ${what}: it has no ${member}. Use the Redis, lmdb or memory store, or add it to yours.`,
    )
  }
}

/** A method of the session was called after the response had begun. */
export class SessionCommittedError extends SesseraError {
  readonly code = 'SESSION_COMMITTED'

  constructor(method: string) {
    super(`session.${method}() was called after the response had begun; call it before the first byte is sent.`)
  }
}

/** A value in `session.data`, at `path`, has no JSON form. The stored session is unchanged. */
export class DataNotEncodableError extends SesseraError {
  readonly code = 'DATA_NOT_ENCODABLE'
  readonly path: string

  constructor(path: string, problem: string, cause?: unknown) {
    super(`session.${path} ${problem}; store plain JSON values only.`, { cause })
    this.path = path
  }
}

/** `session.data` is larger than `maxDataBytes`, or a session of `RedisStore` than its `maxBytes`. The stored session is unchanged. */
export class DataTooLargeError extends SesseraError {
  readonly code = 'DATA_TOO_LARGE'

  constructor(bytes: number, most: number, { what = 'session.data', option = 'maxDataBytes' } = {}) {
    super(
      `${what} takes at least ${bytes} bytes but ${option} is ${most}; keep large things elsewhere and store their ids.`,
    )
  }
}
