import { requireFrom } from '../../support/packages.js'

/** What is used of a socket of socket.io-client, which is installed only when these tests run. */
export interface Socket {
  once(event: string, listener: (value: never) => void): this
  emitWithAck(event: string, ...values: unknown[]): Promise<unknown>
  disconnect(): this
}
type Connect = (origin: string, options: object) => Socket

export type Transport = 'websocket' | 'polling'

/** Connects with the cookies of a browser. Rejects with what the server says against it. */
export async function openSocket(origin: string, transport: Transport, cookie: string): Promise<Socket> {
  const { io } = requireFrom('compatibility')('socket.io-client') as { io: Connect }
  const socket = io(origin, {
    transports: [transport],
    extraHeaders: { cookie },
    forceNew: true,
    reconnection: false,
  })
  try {
    await new Promise((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('connect_error', reject)
    })
    return socket
  } catch (error) {
    socket.disconnect()
    throw error
  }
}

export function disconnected(socket: Socket): Promise<string> {
  return new Promise((resolve) => socket.once('disconnect', resolve))
}
