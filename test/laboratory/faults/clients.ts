import { Redis } from 'ioredis'
import { createClient } from 'redis'

/** The clients, set up as docs/redis.md recommends, and node-redis as it is when nothing is set. */
export type ClientName = 'node-redis 6' | 'ioredis 6' | 'node-redis 6, defaults'

/** Gives a client that connects by itself, as soon as it can, and again. */
export function connectClient(name: ClientName, port: number): ReturnType<typeof createClient> | Redis {
  if (name === 'ioredis 6') {
    return new Redis({ host: '127.0.0.1', port, ...forIoredis }).on('error', () => {})
  }
  const url = `redis://127.0.0.1:${port}`
  const client = name === 'node-redis 6' ? createClient({ url, ...forNodeRedis }) : createClient({ url })
  client.on('error', () => {})
  client.connect().catch(() => {})
  return client as ReturnType<typeof createClient>
}

/** How many commands the client keeps because they have no answer yet. */
export function queueLengthOf(client: object): number {
  const { _getQueue, commandQueue, offlineQueue } = client as Queues
  return _getQueue?.call(client).pendingCount ?? (commandQueue?.length ?? 0) + (offlineQueue?.length ?? 0)
}

/** Nobody else's business, of node-redis 6 and of ioredis. */
interface Queues {
  _getQueue?(): { readonly pendingCount: number }
  readonly commandQueue?: { readonly length: number }
  readonly offlineQueue?: { readonly length: number }
}

const reconnectsAfter = (tries: number): number => Math.min(50 * tries, 500)

const forNodeRedis = {
  disableOfflineQueue: true,
  // Each write begins the timeout anew. On a dead connection the breaker still sends a call each second: the timeout must be
  // shorter than that, or it never comes.
  pingInterval: 300,
  socket: { socketTimeout: 800, reconnectStrategy: reconnectsAfter },
}

const forIoredis = {
  commandTimeout: 500,
  socketTimeout: 3000, // else a dead connection is never given up
  maxRetriesPerRequest: 1,
  enableOfflineQueue: false,
  retryStrategy: reconnectsAfter,
  maxLoadingRetryTime: 500, // else it waits for as long as a server that loads says it will take
}
