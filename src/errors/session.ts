import { SesseraError } from './sessera-error.js'

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

/** A method of the session was called after the response had begun. */
export class SessionCommittedError extends SesseraError {
  readonly code = 'SESSION_COMMITTED'

  constructor(method: string) {
    super(`session.${method}() was called after the response had begun; call it before the first byte is sent.`)
  }
}

/** `session.data` was changed where nothing stores it any more, such as in a Server Component. */
export class DataReadOnlyError extends SesseraError {
  readonly code = 'DATA_READ_ONLY'

  constructor(what: string) {
    super(`${what}, but nothing would store that: change it with await session.update((data) => …).`)
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
