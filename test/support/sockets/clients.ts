import type { IncomingMessage } from 'node:http'
import { connectSocketIo, WebSocket, type ClientSocket } from './libraries.js'

/** What a backend answers on a socket. */
export interface Answer {
  readonly backend: string
  readonly userId: string
  readonly data: { readonly bought?: readonly string[] }
}

/** How a socket was closed. Socket.IO has no codes. */
export interface Closed {
  readonly code?: number
  readonly reason: string
  /** By the clock of `performance.now()`. */
  readonly at: number
}

/** A socket that a backend has let in. */
export interface OpenSocket {
  /** `read`, or `buy`, which changes the session. */
  ask(what: 'read' | 'buy'): Promise<Answer>
  readonly closed: Promise<Closed>
  close(): void
}

/** Where sockets go, and with which cookie. */
export interface Destination {
  /** Such as `https://localhost:8443`. */
  readonly origin: string
  readonly cookie: string
  /** The certificate that is trusted. */
  readonly certificate?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Opens a socket. Rejects with the message, for ws the status, if it is refused. */
export type OpenSocketWith = (destination: Destination) => Promise<OpenSocket>

export function openBareSocket(destination: Destination): Promise<ClientSocket> {
  return openAt(destination, '/bare')
}

/** By ws. */
export const openWebSocket: OpenSocketWith = async (destination) => {
  const socket = await openAt(destination, '/socket')
  const closed = new Promise<Closed>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason), at: performance.now() }))
  })
  return {
    closed,
    close: () => socket.terminate(),
    async ask(what) {
      const answered = new Promise<Buffer>((resolve) => socket.once('message', resolve))
      socket.send(what)
      return JSON.parse(String(await answered)) as Answer
    },
  }
}

function openAt({ origin, cookie, certificate, headers }: Destination, path: string): Promise<ClientSocket> {
  const socket = new WebSocket(`${origin.replace(/^http/, 'ws')}${path}`, {
    // As browsers do, it says which page asks.
    headers: { cookie, origin, ...headers },
    ca: certificate,
    perMessageDeflate: false,
  })
  return new Promise((resolve, reject) => {
    socket.on('unexpected-response', (_request, response: IncomingMessage) => {
      socket.terminate()
      reject(new Error(String(response.statusCode)))
    })
    socket.on('error', reject)
    socket.on('open', () => resolve(socket))
  })
}

/** By Socket.IO. `transports` are those of its client. */
export function openSocketIo(...transports: readonly string[]): OpenSocketWith {
  return async ({ origin, cookie, certificate, headers }) => {
    const extraHeaders = { cookie, origin, ...headers }
    const socket = connectSocketIo(origin, {
      transports,
      reconnection: false,
      forceNew: true,
      ca: certificate,
      extraHeaders,
    })
    const closed = new Promise<Closed>((resolve) => {
      socket.on('disconnect', (reason: string) => resolve({ reason, at: performance.now() }))
    })
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('connect_error', (error: Error) => {
        socket.disconnect()
        reject(error)
      })
    })
    return {
      closed,
      close: () => socket.disconnect(),
      ask: async (what) => (await socket.emitWithAck(what)) as Answer,
    }
  }
}
