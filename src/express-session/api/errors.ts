import { SesseraError } from '../../errors.js'

/** An option of `session()` is wrong. A TypeError, as in express-session, with a `code` like all errors of this package. */
export class InvalidSessionOptionError extends TypeError {
  readonly code = 'INVALID_OPTION'
  readonly option: string

  constructor(option: string, problem: string) {
    super(`Option ${option} ${problem}.`)
    this.name = new.target.name
    this.option = option
  }
}
Object.defineProperty(InvalidSessionOptionError.prototype, Symbol.for('sessera.error'), { value: true })

/** `reload` found nothing: the session was destroyed or has expired. */
export class SessionMissingError extends SesseraError {
  readonly code = 'SESSION_MISSING'

  constructor() {
    super('failed to load session') // applications look for this text
  }
}
