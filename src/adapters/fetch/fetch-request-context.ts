import type { RequestContext } from '../../core/request/request-context.js'

/** What a `Request` does not know. */
export interface TransportOptions {
  /**
   * Whether a request came over HTTPS. Default: whether its URL says so. Behind a proxy that terminates TLS, if nobody else can reach
   * this server: `(request) => request.headers.get('x-forwarded-proto') === 'https'`.
   */
  readonly isSecure?: (request: Request) => boolean
  /**
   * Whether a program on this machine sent a request directly, without a proxy: during development, it gets a cookie without `Secure`.
   * A `Request` does not know. Default: no request does; the option `cookie: { development: true }` gives it to all.
   */
  readonly isDirect?: (request: Request) => boolean
}

/** What the core asks of a `Request`, each looked up when it asks. A class: a getter in an object for each request would be dear. */
export class FetchRequestContext implements RequestContext {
  readonly setsCookies: boolean
  readonly #request: Request
  readonly #options: TransportOptions

  constructor(request: Request, options: TransportOptions, setsCookies: boolean) {
    this.setsCookies = setsCookies
    this.#request = request
    this.#options = options
  }

  get secure(): boolean {
    return this.#options.isSecure?.(this.#request) ?? this.#request.url.startsWith('https:')
  }

  get host(): string {
    return this.#request.headers.get('host') ?? new URL(this.#request.url).host
  }

  get direct(): boolean {
    return this.#options.isDirect?.(this.#request) === true
  }
}
