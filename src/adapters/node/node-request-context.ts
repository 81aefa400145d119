import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import type { RequestContext } from '../../core/request/request-context.js'
import { isLocalClient } from './local-client.js'

export type NodeRequest = IncomingMessage | Http2ServerRequest

/** What the core asks of a request, each looked up when it asks. */
export class NodeRequestContext implements RequestContext {
  readonly #request: NodeRequest
  readonly #isSecure: (request: NodeRequest) => unknown

  constructor(request: NodeRequest, isSecure: (request: NodeRequest) => unknown) {
    this.#request = request
    this.#isSecure = isSecure
  }

  get secure(): boolean {
    const secure = this.#isSecure(this.#request)
    if (typeof secure === 'boolean') return secure
    return (this.#request.socket as { readonly encrypted?: unknown } | null)?.encrypted === true
  }

  get host(): string | undefined {
    const { headers } = this.#request
    return headers.host ?? headers[':authority']?.toString()
  }

  get direct(): boolean {
    return isLocalClient(this.#request)
  }
}
