import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import type { RequestContext } from '../../core/request/request-context.js'
import { isLocalClient } from './local-client.js'

export type NodeRequest = IncomingMessage | Http2ServerRequest

/** What the core asks of a request, each looked up when it asks. */
export class NodeRequestContext<Asked> implements RequestContext {
  readonly #request: NodeRequest
  readonly #asked: Asked
  readonly #isSecure: (asked: Asked) => unknown

  constructor(request: NodeRequest, asked: Asked, isSecure: (asked: Asked) => unknown) {
    this.#request = request
    this.#asked = asked
    this.#isSecure = isSecure
  }

  get secure(): boolean {
    const secure = this.#isSecure(this.#asked)
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
