import { once } from 'node:events'
import type { SessionStore } from 'sessera'

/** A store, and what closes its connection. */
export interface OpenedStore {
  readonly store: SessionStore
  closeStore(): Promise<unknown>
}

/** Redis where `REDIS_URL` is set; otherwise the embedded store in the folder `FLEET_DATA`. Rejects in words for the terminal. */
export async function openStore(): Promise<OpenedStore> {
  const url = process.env.REDIS_URL
  return url ? openRedis(url) : openLmdb(process.env.FLEET_DATA ?? '')
}

async function openRedis(url: string): Promise<OpenedStore> {
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

async function openLmdb(path: string): Promise<OpenedStore> {
  try {
    const { lmdbStore } = await import('sessera/lmdb')
    return { store: lmdbStore({ path }), closeStore: async () => {} }
  } catch (error) {
    throw new Error(`The embedded store cannot be opened (${reason(error)}); set REDIS_URL to use Redis instead.`, {
      cause: error,
    })
  }
}

/** The first line of an error's message. */
export function reason(error: unknown): string {
  const { message, code } = error as { readonly message?: string; readonly code?: string }
  return (message || code || 'unknown').split('\n', 1)[0] as string
}
