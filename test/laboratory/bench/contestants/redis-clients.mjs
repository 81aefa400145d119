import { Redis } from 'ioredis'
import { createClient } from 'redis'

/** node-redis with the options that its own documentation shows: none. */
export async function plainNodeRedis(url, options = {}) {
  const client = createClient({ url, ...options })
  client.on('error', console.error)
  await client.connect()
  return client
}

/** ioredis, the same. */
export function plainIoredis(url, options = {}) {
  const client = new Redis(url, options)
  client.on('error', console.error)
  return client
}

/** As docs/redis.md recommends for Sessera. */
export function recommendedNodeRedis(url) {
  const socket = { socketTimeout: 800, reconnectStrategy: (retries) => Math.min(50 * retries, 500) }
  return plainNodeRedis(url, { disableOfflineQueue: true, pingInterval: 300, socket })
}

/** The same for ioredis. It is ready before the first command: it queues none. */
export async function recommendedIoredis(url) {
  const client = plainIoredis(url, {
    commandTimeout: 500,
    socketTimeout: 3000,
    maxRetriesPerRequest: 1,
    maxLoadingRetryTime: 500,
    enableOfflineQueue: false,
    retryStrategy: (tries) => Math.min(50 * tries, 500),
  })
  await new Promise((resolve) => client.once('ready', resolve))
  return client
}
