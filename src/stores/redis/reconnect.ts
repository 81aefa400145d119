import type { Send } from './client.js'

/** By which ioredis and iovalkey are recognised, their Clusters too, and how they are told. */
interface SomeClient {
  readonly callBuffer?: unknown
  readonly status?: unknown
  disconnect?(reconnects: boolean): void
}

/**
 * Gives what makes a client end the connection that leads to a key, and connect again; at most once in `pauseMs`. For what does
 * not get well otherwise: a master that was demoted keeps its connections, and replies that have come out of step stay so. (ST-1) Of a
 * pool it is some connection.
 */
export function reconnector(client: object, send: Send, pauseMs: number): (key: string) => void {
  let lastAt = -Infinity
  return (key) => {
    if (performance.now() - lastAt < pauseMs) return
    lastAt = performance.now()
    const { callBuffer, status }: SomeClient = client
    if (callBuffer !== undefined) {
      if (status === 'ready') (client as SomeClient).disconnect?.(true)
      return
    }
    // The others have no method for it. The server ends the connection once the answers that are due are sent, and the client does
    // what it does whenever a connection ends.
    send(key, ['QUIT']).catch(() => {})
  }
}
