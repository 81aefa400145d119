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
