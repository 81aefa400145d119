import type { Session } from '../../core/request/session.js'
import type { Sessions } from '../../core/sessions.js'
import { sessionOf as sessionOfFetch } from '../fetch/session-of.js'
import { sessionOf as sessionOfNode } from '../node/attached-session.js'

/** What `createContext` gets as `req`: a request of Node, Express or Fastify, or one of `fetch`. */
export interface TrpcRequest {
  readonly headers: Headers | Readonly<Record<string, unknown>>
}

/** The session that the server's own adapter opened. @throws InvalidArgumentError if these sessions are not mounted */
export function sessionOfServer<Data extends object>(sessions: Sessions<Data>, request: TrpcRequest): Session<Data> {
  return isFetchRequest(request) ? sessionOfFetch(sessions, request) : sessionOfNode(sessions, request)
}

/** Whether tRPC sends the head of the response before the procedures are done. */
export function isStreamed(request: TrpcRequest): boolean {
  const header = (name: string): string | undefined => {
    const { headers } = request
    const value = isHeaders(headers) ? headers.get(name) : headers[name]
    return typeof value === 'string' ? value : undefined
  }
  const accepted = header('trpc-accept') ?? header('accept') ?? ''
  return accepted.split(',').some((type) => type.trim() === 'application/jsonl')
}

function isFetchRequest(request: TrpcRequest): request is Request {
  return isHeaders(request.headers)
}

function isHeaders(headers: TrpcRequest['headers']): headers is Headers {
  return typeof headers['get'] === 'function'
}
