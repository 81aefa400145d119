import type { Module } from './modules.js'
import type { Request } from './site.js'

type Middleware = ReturnType<Module>

/** A request that is no more than what the middleware reads of one. */
export interface BareRequest extends Partial<Pick<Request, 'session' | 'sessionID' | 'sessionStore'>> {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Takes a request through a middleware without a response, as the handshake of a socket comes. Rejects with what `next` is
 * called with.
 */
export function goThrough(middleware: Middleware, request: object = {}): Promise<BareRequest> {
  const given = Object.assign(request, { url: '/', headers: {}, ...request })
  return new Promise((resolve, reject) => {
    middleware(given, {}, (error?: unknown) => (error === undefined ? resolve(given) : reject(error)))
  })
}
