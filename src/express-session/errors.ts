import { SesseraError } from '../errors.js'

/** `reload` found nothing: the session was destroyed or has expired. */
export class SessionMissingError extends SesseraError {
  readonly code = 'SESSION_MISSING'

  constructor() {
    super('failed to load session') // the very words that applications look for
  }
}
