import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Sessions } from '../core/sessions.js'
import { printError } from './response/error-status.js'
import {
  attachToSocket,
  opensSockets,
  type OpenedSocket,
  type SocketSessionsOptions,
} from './sockets/open-at-upgrade.js'

export { socketSession, type SocketSessionsOptions } from './sockets/open-at-upgrade.js'
export type { SocketSession } from './sockets/socket-session.js'

/** What is used of a socket of Socket.IO. */
export interface SocketLike {
  readonly request: IncomingMessage
  /** The connection, which all namespaces of a client share. */
  readonly conn: { close(): unknown }
  disconnect(close: boolean): unknown
  onAny(listener: () => void): unknown
  on(event: 'disconnect', listener: () => void): unknown
}

/** What is used of the server of Socket.IO. */
export interface SocketServerLike<Socket extends SocketLike> {
  readonly engine: {
    use(
      middleware: (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void,
    ): unknown
    on(
      event: 'initial_headers',
      listener: (headers: Record<string, unknown>, request: IncomingMessage) => void,
    ): unknown
  }
  use(middleware: (socket: Socket, next: (error?: Error) => void) => void): unknown
}

/**
 * Opens the session of each connection of Socket.IO, by polling or WebSocket, before the connection: those of other sites are refused, and so are
 * those while the store is unavailable; the client gets `connect_error` with the message of the error, and its code and status in `error.data`.
 *
 * When the session ends, on whichever backend, its sockets are disconnected. When it gets a new secret, their connection is closed, and clients
 * connect again by themselves, with the new cookie. What sockets receive extends the session as requests do. Call it once the server is attached: `new Server(httpServer)`.
 *
 * @throws InvalidOptionError for an option that cannot work.
 *
 * @example
 * ```ts
 * const io = new Server(httpServer)
 * socketIoSessions(sessions, io)
 * io.on('connection', (socket) => {
 *   const session = socketSession(sessions, socket)
 *   socket.on('buy', (item) => {
 *     session.update((data) => void (data.cart = [...(data.cart ?? []), item])).catch(() => socket.disconnect(true))
 *   })
 * })
 * ```
 */
export function socketIoSessions<Data extends object, Socket extends SocketLike>(
  sessions: Sessions<Data>,
  server: SocketServerLike<Socket>,
  options: SocketSessionsOptions<Data> = {},
): void {
  const open = opensSockets(sessions, options)
  const handshakes = new WeakMap<IncomingMessage, OpenedSocket<Data> | { readonly error: unknown }>()

  server.engine.use((request, _response, next) => {
    // Only the first request of a connection has no id yet.
    if (new URL(request.url ?? '', 'http://localhost').searchParams.has('sid')) return next()
    open(request).then(
      (opened) => {
        handshakes.set(request, opened)
        next()
      },
      (error: unknown) => {
        printError(error)
        handshakes.set(request, { error })
        next()
      },
    )
  })
  server.engine.on('initial_headers', (headers, request) => {
    const opened = handshakes.get(request)
    if (opened !== undefined && 'session' in opened && opened.setCookies.length > 0) {
      headers['Set-Cookie'] = [...[headers['Set-Cookie'] ?? []].flat(), ...opened.setCookies]
    }
  })
  server.use((socket, next) => {
    const opened = handshakes.get(socket.request)
    if (opened === undefined || 'error' in opened) {
      return next(refusal(opened?.error))
    }
    const { session } = opened
    socket.on(
      'disconnect',
      attachToSocket(sessions, socket, session, (reason) =>
        reason === 'rotated' ? socket.conn.close() : socket.disconnect(true),
      ),
    )
    socket.onAny(() => void session.renew())
    next()
  })
}

/** What Socket.IO sends to a client that is refused. An error of the application may say that itself, by its `data`. */
function refusal(error: unknown): Error {
  if (!(error instanceof Error)) return new Error('This connection has no session.')
  const { code, status } = error as { readonly code?: unknown; readonly status?: unknown }
  return 'data' in error ? error : Object.assign(new Error(error.message, { cause: error }), { data: { code, status } })
}
