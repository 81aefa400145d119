const brand: unique symbol = Symbol.for('sessera.error') as never

interface ErrorDetails {
  readonly cause?: unknown
  /** HTTP status that a framework's error path should answer with. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * The base of every error that Sessera throws: a stable `code`, one sentence that says what to do, the `cause` kept, and
 * never a token or session data in it.
 *
 * `status`, `statusCode`, `expose` and `headers` are what Express, Koa and others read from an error.
 */
export abstract class SesseraError extends Error {
  abstract readonly code: string
  readonly status: number
  readonly statusCode: number
  /** The message is for developers and operators, not for visitors. */
  readonly expose: boolean = false
  readonly headers: Readonly<Record<string, string>>

  constructor(message: string, { cause, status = 500, headers = {} }: ErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = new.target.name
    this.status = status
    this.statusCode = status
    this.headers = headers
  }

  /** Whether this is one of ours, also when it comes from another copy of the package. */
  static is(value: unknown): value is SesseraError {
    return typeof value === 'object' && value !== null && brand in value
  }
}
Object.defineProperty(SesseraError.prototype, brand, { value: true })

/** An option is wrong. Thrown when the application starts. `option` names it. */
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

/** The session cookie must be set, but the request came over plain HTTP. Raised before the store is asked. */
export class InsecureRequestError extends SesseraError {
  readonly code = 'INSECURE_REQUEST'

  constructor() {
    super(
      'The session cookie is Secure but this request came over plain HTTP: let the framework trust your proxy, serve HTTPS, set ' +
        'cookie: { development: true } while you develop (for another host than this machine, or behind a development proxy), ' +
        'or do without Secure by cookie: { secure: false }.',
    )
  }
}

/** How it is known that a whole store is gone, rather than that one call to it failed. */
export type UnavailableReason = 'unreachable' | 'silent'

/** The store did not answer in time, failed, or is being spared after failing: the answer is 503 with `Retry-After`. */
export class StoreUnavailableError extends SesseraError {
  readonly code: string = 'STORE_UNAVAILABLE'
  /** The store did answer: it need not be spared. */
  readonly answered: boolean = false
  /** `unreachable`: there is no connection to the store. `silent`: it did not answer before the deadline. Else `undefined`. */
  readonly reason: UnavailableReason | undefined

  constructor(message: string, cause?: unknown, reason?: UnavailableReason) {
    super(message, { cause, status: 503, headers: { 'Retry-After': '1' } })
    this.reason = reason
  }
}

/**
 * The store answered, and refuses: Redis that is loading its data, is read-only, or does not let this user do what is asked. The
 * message says which. Other calls may well succeed.
 */
export class StoreRefusedError extends StoreUnavailableError {
  override readonly code: string = 'STORE_REFUSED'
  override readonly answered = true
}

/** The store has no room for what was to be stored; the stored session stays as it was. Reading and signing out go on. */
export class StoreFullError extends StoreRefusedError {
  override readonly code = 'STORE_FULL'

  constructor(cause: unknown, advice = 'give it more memory, or let it evict what expires first') {
    super(`The session store is full and has stored nothing new; ${advice}.`, cause)
  }
}

/** The store answered with the record of another session; it was refused. */
export class RecordMismatchError extends StoreUnavailableError {
  override readonly code = 'RECORD_MISMATCH'

  constructor() {
    super('The session store answered with a record that belongs to another session; it was refused.')
  }
}

/** Changes came too late: the session was ended meanwhile. Nothing was stored. `update` and `save` reject with it. */
export class SessionEndedError extends SesseraError {
  readonly code = 'SESSION_ENDED'

  constructor() {
    super('The session was ended meanwhile, so nothing was stored; let the visitor sign in again.', { status: 409 })
  }
}

/**
 * Changes came too late: the session goes on under another secret, since it was rotated or somebody has signed in. Nothing was
 * stored. `update` and `save` reject with it, and so does the commit after a rotation.
 */
export class SessionSupersededError extends SesseraError {
  readonly code = 'SESSION_SUPERSEDED'

  constructor() {
    super('The secret of the session was replaced meanwhile, so nothing was stored; let the visitor try again.', {
      status: 409,
    })
  }
}

/** A method of the session was called after the response had begun. */
export class SessionCommittedError extends SesseraError {
  readonly code = 'SESSION_COMMITTED'

  constructor(method: string) {
    super(`session.${method}() was called after the response had begun; call it before the first byte is sent.`)
  }
}

/** Something in `session.data` has no JSON form. `path` says where. The stored session stays as it was. */
export class DataNotEncodableError extends SesseraError {
  readonly code = 'DATA_NOT_ENCODABLE'
  readonly path: string

  constructor(path: string, problem: string, cause?: unknown) {
    super(`session.${path} ${problem}; store plain JSON values only.`, { cause })
    this.path = path
  }
}

/** `session.data` is larger than `maxDataBytes`, or with the drop-in a session larger than `maxBytes` of `RedisStore`. The stored session stays as it was. */
export class DataTooLargeError extends SesseraError {
  readonly code = 'DATA_TOO_LARGE'

  constructor(bytes: number, most: number, { what = 'session.data', option = 'maxDataBytes' } = {}) {
    super(
      `${what} takes at least ${bytes} bytes but ${option} is ${most}; keep large things elsewhere and store their ids.`,
    )
  }
}
