import { SesseraError } from './sessera-error.js'

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

/**
 * The session cookie must be set, but nothing can set it any more: this is a message of a socket, or a part of a page whose response
 * has begun. Thrown before the store is called.
 */
export class CookieNotSettableError extends SesseraError {
  readonly code = 'COOKIE_NOT_SETTABLE'

  constructor(what = 'Storing a new session') {
    super(
      `${what} needs a response that can set the session cookie, and here is none: do it in a request of its own. ` +
        'To end a session from anywhere, call sessions.end(handle).',
    )
  }
}

/** Another site made a browser send a request that may change something. `sessera/cross-site` passes it on. */
export class CrossSiteRequestError extends SesseraError {
  readonly code = 'CROSS_SITE_REQUEST'

  constructor() {
    super('This request comes from another site: if that one is yours, name it in trustedOrigins.', {
      status: 403,
      headers: { Vary: 'Origin, Sec-Fetch-Site' },
    })
  }
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
