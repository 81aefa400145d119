import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Session } from '../core/request/session.js'
import type { Sessions } from '../core/sessions.js'
import { InvalidArgumentError, NotSignedInError } from '../errors.js'
import { checkOptionNames } from '../options/check-option-names.js'
import { crossSiteCheck, type CrossSiteOptions } from './cross-site.js'
import { NodeRequestContext } from './node/node-request-context.js'
import { checkSessions } from './check-sessions.js'
import { printError } from './response/error-status.js'
import { refuseUpgrade } from './sockets/refuse-upgrade.js'
import { SocketSession } from './sockets/socket-session.js'

export type { SocketSession }

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

/** Options of `webSocketSessions`. */
export interface WebSocketSessionsOptions<Data extends object> extends CrossSiteOptions {
  /**
   * Decides whether a visitor may open a socket; it may also change the session and sign in, as a request does, since the upgrade still sets
   * the cookie. `false` is answered with 401; an error with its `status`. Default: everybody may.
   */
  readonly authorize?: (session: Session<Data>, request: IncomingMessage) => boolean | Promise<boolean>
  /** Whether a request came over HTTPS. Default: whether its own connection is TLS. */
  readonly isSecure?: (request: IncomingMessage) => boolean
}

const sessionsOfSockets = new WeakMap<object, { readonly sessions: unknown; readonly session: SocketSession<object> }>()

/**
 * A listener for the event `upgrade` of an HTTP server that opens the session of each WebSocket before the socket: requests of other sites are
 * refused (403), and so are those while the store is unavailable (503).
 *
 * When the session ends or gets a new secret, on whichever backend, the socket is closed with the code 1008 and the reason that `sessions.onEnd` gives. Messages
 * extend the session as requests do.
 *
 * @throws InvalidOptionError for an option that cannot work.
 *
 * @example
 * ```ts
 * const sockets = new WebSocketServer({ noServer: true })
 * server.on('upgrade', webSocketSessions(sessions, sockets))
 * sockets.on('connection', (socket) => {
 *   const session = socketSession(sessions, socket)
 *   socket.on('message', () => session.update((data) => void (data.messages = (data.messages ?? 0) + 1)))
 * })
 * ```
 */
export function webSocketSessions<Data extends object, Socket extends SocketLike>(
  sessions: Sessions<Data>,
  server: SocketServerLike<Socket>,
  options: WebSocketSessionsOptions<Data> = {},
): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  checkSessions(sessions)
  checkOptionNames('options', options, ['trustedOrigins', 'authorize', 'isSecure'])
  const { authorize = () => true, isSecure = () => undefined, trustedOrigins = [] } = options
  const crossSiteError = crossSiteCheck({ trustedOrigins })
  const cookies = new WeakMap<IncomingMessage, readonly string[]>()
  server.on('headers', (headers, request) => {
    for (const cookie of cookies.get(request) ?? []) headers.push(`Set-Cookie: ${cookie}`)
  })

  async function open(request: IncomingMessage): Promise<SocketSession<Data>> {
    // A WebSocket begins with GET, but may do whatever its messages may.
    const error = crossSiteError({ method: 'POST', headers: request.headers })
    if (error !== undefined) throw error
    const context = new NodeRequestContext(request, request, isSecure)
    const opened = await sessions.open(request.headers.cookie, context)
    if (!(await authorize(opened.session, request))) throw new NotSignedInError()
    const { setCookies } = await opened.commit(101)
    cookies.set(request, setCookies)
    const cookie = setCookies.at(-1)?.split(';')[0] ?? request.headers.cookie
    const { secure, host, direct } = context
    return new SocketSession<Data>({ sessions, opened, cookie, context: { secure, host, direct, setsCookies: false } })
  }

  function attach(socket: Socket, session: SocketSession<Data>): void {
    sessionsOfSockets.set(socket, { sessions, session })
    if (session.handle === undefined) return
    const close = ({ reason }: { readonly reason: string }): void => socket.close(1008, reason)
    socket.on('close', sessions.onEnd(session.handle, close, { rotations: true }))
    socket.on('message', () => void session.renew())
  }

  return (request, socket, head) => {
    const ignore = (): void => {} // a client that leaves meanwhile
    socket.on('error', ignore)
    open(request).then(
      (session) => {
        socket.removeListener('error', ignore)
        server.handleUpgrade(request, socket, head, (upgraded) => {
          attach(upgraded, session)
          server.emit('connection', upgraded, request)
        })
      },
      (error: unknown) => {
        printError(error)
        refuseUpgrade(socket, error)
      },
    )
  }
}

/**
 * The session of a socket that `webSocketSessions(sessions, server)` opened.
 *
 * @throws InvalidArgumentError for another socket
 */
export function socketSession<Data extends object>(sessions: Sessions<Data>, socket: object): SocketSession<Data> {
  const found = sessionsOfSockets.get(socket)
  if (found?.sessions === sessions) return found.session as unknown as SocketSession<Data>
  throw new InvalidArgumentError(
    "This socket has no session of the given sessions: server.on('upgrade', webSocketSessions(sessions, sockets)).",
  )
}
