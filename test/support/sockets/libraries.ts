import type { IncomingMessage, Server as HttpServer } from 'node:http'
import type { SocketLike as SocketIoSocketLike, SocketServerLike as SocketIoServerLike } from 'sessera/socket.io'
import type { SocketLike, SocketServerLike } from 'sessera/ws'
import { ensurePackages, requireFrom } from '../packages.js'

// What tests use of the libraries.

/** A socket of `ws` on a server. */
export interface ServerSocket extends SocketLike {
  on(event: 'message' | 'close', listener: (text: Buffer) => void): unknown
  send(text: string): void
}

/** A socket of `ws` in a client. */
export interface ClientSocket {
  on(event: 'open' | 'error', listener: (error: Error) => void): void
  on(event: 'upgrade', listener: (response: IncomingMessage) => void): void
  on(event: 'message', listener: (text: Buffer) => void): void
  once(event: 'message', listener: (text: Buffer) => void): void
  on(event: 'close', listener: (code: number, reason: Buffer) => void): void
  on(event: 'unexpected-response', listener: (request: unknown, response: IncomingMessage) => void): void
  send(text: string): void
  terminate(): void
}

interface ClientOptions {
  readonly headers: Readonly<Record<string, string>>
  readonly ca?: string | undefined
  readonly perMessageDeflate?: boolean
}

interface WebSocketLibrary {
  new (address: string, options: ClientOptions): ClientSocket
  readonly WebSocketServer: new (options: { readonly noServer: true }) => SocketServerLike<ServerSocket> & {
    readonly clients: ReadonlySet<ServerSocket>
    on(event: 'connection', listener: (socket: ServerSocket, request: IncomingMessage) => void): void
  }
}

/** What acknowledges an event of Socket.IO. */
export type Acknowledge = (answer: unknown) => void

/** A socket of Socket.IO on a server. */
export interface SocketIoServerSocket extends SocketIoSocketLike {
  on(event: string, listener: (acknowledge: Acknowledge) => void): unknown
}

/** The server of Socket.IO. */
export interface SocketIoServer extends SocketIoServerLike<SocketIoServerSocket> {
  attach(server: HttpServer, options: object): unknown
  on(event: 'connection', listener: (socket: SocketIoServerSocket) => void): void
  disconnectSockets(close: boolean): void
  close(): Promise<void>
}

/** A socket of Socket.IO in a client. */
export interface SocketIoClientSocket {
  /** Whether it is connected, or will be by itself. */
  readonly active: boolean
  readonly io: { readonly engine: { readonly transport: { readonly name: string } } }
  on(event: string, listener: (value: never) => void): unknown
  once(event: string, listener: (value: never) => void): unknown
  emitWithAck(event: string): Promise<unknown>
  disconnect(): void
}

interface SocketIoClientLibrary {
  io(origin: string, options: object): SocketIoClientSocket
}

await ensurePackages('frameworks/sockets')
const load = requireFrom('frameworks/sockets')

export const WebSocket = load('ws') as WebSocketLibrary
export const { Server: SocketIo } = load('socket.io') as {
  readonly Server: new (server?: HttpServer) => SocketIoServer
}
export const { io: connectSocketIo } = load('socket.io-client') as SocketIoClientLibrary
