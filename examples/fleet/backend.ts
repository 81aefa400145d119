import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createSessions, type SessionStore } from 'sessera'
import { createApp } from './app.js'
import type { Report } from './fleet.js'

/** One backend, a process of its own: `backend.js <number> <size of the fleet>`, forked by fleet.ts. */
async function serve(number: number, fleetSize: number): Promise<void> {
  const { store, closeStore } = await openStore()
  const sessions = createSessions({
    store,
    cookie: { secure: false }, // plain HTTP on this machine; an application behind HTTPS leaves this out
    journal: '1d',
    deadline: '5s', // 60 visits at once queue up, perhaps on a busy computer
  })

  // More than the load balancer accepts plus the headers that it adds.
  const server = createServer({ maxHeaderSize: 32 * 1024 }, createApp(sessions, { number, fleetSize }))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  const end = async (): Promise<void> => {
    server.close()
    server.closeIdleConnections()
    await once(server, 'close')
    await sessions.close()
    await closeStore()
    process.exit()
  }
  process.once('disconnect', () => void end()) // the parent disconnected or died
  process.once('SIGTERM', () => void end())
  process.on('SIGINT', () => {}) // Ctrl-C reaches every process of the terminal; the parent decides
  if (!process.connected) await end()
  report({ port: (server.address() as AddressInfo).port })
}

async function openStore(): Promise<{ readonly store: SessionStore; closeStore(): Promise<unknown> }> {
  const url = process.env.REDIS_URL
  return url ? openRedis(url) : openLmdb(process.env.FLEET_DATA ?? '')
}

async function openRedis(url: string): Promise<{ readonly store: SessionStore; closeStore(): Promise<unknown> }> {
  const { createClient } = await import('redis')
  const { redisStore } = await import('sessera/redis')
  try {
    const client = createClient({ url, disableOfflineQueue: true })
    const [error] = await Promise.race([once(client, 'error'), client.connect().then(() => [])])
    if (error) throw error
    client.on('error', () => {}) // it reconnects by itself; until then requests get a 503
    return {
      store: redisStore({ client }),
      closeStore: async () => (client.isReady ? client.close() : client.destroy()),
    }
  } catch (error) {
    throw new Error(`Redis at REDIS_URL cannot be reached: ${reason(error)}.`, { cause: error })
  }
}

async function openLmdb(path: string): Promise<{ readonly store: SessionStore; closeStore(): Promise<unknown> }> {
  try {
    const { lmdbStore } = await import('sessera/lmdb')
    return { store: lmdbStore({ path }), closeStore: async () => {} }
  } catch (error) {
    throw new Error(`The embedded store cannot be opened (${reason(error)}); set REDIS_URL to use Redis instead.`, {
      cause: error,
    })
  }
}

const reason = (error: unknown): string => {
  const { message, code } = error as { readonly message?: string; readonly code?: string }
  return (message || code || 'unknown').split('\n', 1)[0] as string
}

// The callback also swallows the error when the parent is gone; this process then ends by itself.
const report = (message: Report, then = (): void => {}): boolean | undefined =>
  process.send?.(message, undefined, undefined, then)

serve(Number(process.argv[2]), Number(process.argv[3])).catch((error: unknown) => {
  report({ failed: reason(error) }, () => process.exit(1))
})
