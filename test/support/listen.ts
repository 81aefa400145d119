import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'

/** A server that listens on 127.0.0.1. */
export interface Listening {
  readonly port: number
  readonly origin: string
  /** Stops listening and closes the connections of HTTP/1. */
  close(): Promise<void>
}

/** Lets a server listen on a free port of 127.0.0.1. */
export async function listen(server: Server): Promise<Listening> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      if ('closeAllConnections' in server) (server.closeAllConnections as () => void)()
      await closed
    },
  }
}
