import type { Server } from 'node:net'
import { createSessions, memoryStore } from 'sessera'
import { webSocketSessions } from 'sessera/ws'
import { WebSocketServer } from 'ws'
import { type OpenedStore, openStore } from '../../fleet/open-store.js'
import { reportFailure, runBackend } from '../../fleet/run-backend.js'

// What the examples share: the sessions of this process, and what becomes of the server.
declare module 'sessera' {
  interface SessionData {
    cart: string[]
  }
}

// Without a load balancer, a framework is only looking at its application while it builds it.
const opening: Promise<OpenedStore> =
  process.send === undefined ? Promise.resolve({ store: memoryStore(), closeStore: async () => {} }) : openStore()

const { store, closeStore } = await opening.catch((error: unknown) => {
  reportFailure(error)
  return new Promise<never>(() => {}) // this process ends
})

/** Shared by all backends, through Redis or the embedded store. */
export const sessions = createSessions({
  store,
  cookie: { secure: false }, // plain HTTP on this machine; an application behind HTTPS leaves this out
  deadline: '5s', // perhaps on a busy computer
})

/**
 * Lets the load balancer send requests to a server. Its responses say which backend they are from, and the page of a signed-in user may open a
 * WebSocket, which closes when the session ends.
 */
export async function ready(server: Server): Promise<void> {
  const [number = ''] = process.argv.slice(2)
  server.prependListener('request', (_request, response: { setHeader(name: string, value: string): void }) => {
    response.setHeader('x-backend', number)
  })
  const sockets = new WebSocketServer({ noServer: true })
  const authorize = ({ userId }: { readonly userId: string | undefined }): boolean => userId !== undefined
  server.on('upgrade', webSocketSessions(sessions, sockets, { authorize }))
  const endSockets = (): void => {
    for (const socket of sockets.clients) socket.terminate()
  }
  await runBackend(server, { sessions, closeStore, endSockets })
}
