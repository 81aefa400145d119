import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Sessions } from '../core/sessions.js'
import { printError } from './response/error-status.js'
import { attachToSocket, opensSockets, type SocketSessionsOptions } from './sockets/open-at-upgrade.js'
import { refuseUpgrade } from './sockets/refuse-upgrade.js'

export { socketSession, type SocketSessionsOptions } from './sockets/open-at-upgrade.js'
export type { SocketSession } from './sockets/socket-session.js'

/** What is used of a socket of `ws`. */
export interface SocketLike {
  close(code: number, reason: string): void
  on(event: 'message' | 'close', listener: () => void): unknown
}

/** What is used of a `WebSocketServer` of `ws`, made with `noServer: true`. */
export interface SocketServerLike<Socket extends SocketLike> {
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, done: (socket: Socket) => void): void
  emit(event: 'connection', socket: Socket, request: IncomingMessage): boolean
  on(event: 'headers', listener: (headers: string[], request: IncomingMessage) => void): unknown
}

const policyViolation = 1008 // RFC 6455, 7.4.1

/**
 * A listener for the event `upgrade` of an HTTP server that opens the session of each WebSocket before the socket: requests of other sites are
 * refused (403), and so are those while the store is unavailable (503).
 *
 * When the session ends or gets a new secret, on whichever backend, the socket is closed with the code 1008 and the reason that `sessions.onEnd`
 * gives. Messages extend the session as requests do.
 *
 * @throws InvalidOptionError for an option that cannot work.
 *
 * @example
 * ```ts
 * const sockets = new WebSocketServer({ noServer: true })
 * server.on('upgrade', webSocketSessions(sessions, sockets))
 * sockets.on('connection', (socket) => {
 *   const session = socketSession(sessions, socket)
 *   socket.on('message', () => {
 *     session.update((data) => void (data.messages = (data.messages ?? 0) + 1)).catch(() => socket.close())
 *   })
 * })
 * ```
 */
export function webSocketSessions<Data extends object, Socket extends SocketLike>(
  sessions: Sessions<Data>,
  server: SocketServerLike<Socket>,
  options: SocketSessionsOptions<Data> = {},
): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  const open = opensSockets(sessions, options)
  const cookies = new WeakMap<IncomingMessage, readonly string[]>()
  server.on('headers', (headers, request) => {
    for (const cookie of cookies.get(request) ?? []) headers.push(`Set-Cookie: ${cookie}`)
  })

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { session, setCookies } = await open(request)
    cookies.set(request, setCookies)
    server.handleUpgrade(request, socket, head, (upgraded) => {
      const close = (reason: string): void => upgraded.close(policyViolation, reason)
      upgraded.on('close', attachToSocket(sessions, upgraded, session, close))
      upgraded.on('message', () => void session.renew())
      server.emit('connection', upgraded, request)
    })
  }

  return (request, socket, head) => {
    const ignore = (): void => {} // a client that leaves meanwhile, or once it is refused
    socket.on('error', ignore)
    upgrade(request, socket, head).then(
      () => socket.removeListener('error', ignore),
      (error: unknown) => {
        printError(error)
        refuseUpgrade(socket, error)
      },
    )
  }
}
