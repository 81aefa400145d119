import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AdapterServer } from 'sessera/testing'

/** Lets a server listen on a free port of 127.0.0.1. */
export async function serve(server: Server): Promise<AdapterServer> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
