import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AdapterHarness, AdapterServer } from 'sessera/testing'
import { fetchHandler } from '../../frameworks/fetch/fetch-handler.js'
import { listen } from '../../support/listen.js'

type Handle = (request: Request) => Promise<Response>
type Listener = Parameters<typeof createServer>[1]

/** The servers of other runtimes, which have types of their own. */
interface Runtimes {
  readonly Bun?: {
    serve(options: { port: 0; hostname: string; fetch: Handle }): { port: number; stop(atOnce: true): Promise<void> }
  }
  readonly Deno?: {
    serve(
      options: { port: 0; hostname: string; onListen(): void; signal: AbortSignal },
      handle: Handle,
    ): { addr: { port: number }; finished: Promise<void> }
  }
}

const { Bun, Deno } = globalThis as Runtimes
const hostname = '127.0.0.1'

async function serve(handle: Handle): Promise<AdapterServer> {
  if (Bun !== undefined) {
    const server = Bun.serve({ port: 0, hostname, fetch: handle })
    return { origin: `http://${hostname}:${server.port}`, close: () => server.stop(true) }
  }
  if (Deno !== undefined) {
    const ending = new AbortController()
    const server = Deno.serve({ port: 0, hostname, onListen() {}, signal: ending.signal }, handle)
    const close = async (): Promise<void> => {
      ending.abort()
      await server.finished
    }
    return { origin: `http://${hostname}:${server.addr.port}`, close }
  }
  const { getRequestListener } = createRequire(import.meta.url)('@hono/node-server') as {
    getRequestListener(handle: Handle): Listener
  }
  return listen(createServer(getRequestListener(handle)))
}

/** `sessera/fetch` on the runtime's own server of `fetch` handlers; Node has none. */
export const nativeFetch: AdapterHarness = {
  serve: (sessions, routes, mounts) => serve(fetchHandler(sessions, routes, mounts)),
}
