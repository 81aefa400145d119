import { performance } from '../../engine/timers.js'
import type { Send } from './client.js'
import { clientKind } from './client-kind.js'

/** The members of ioredis and iovalkey clients, Clusters too, that make them reconnect. */
interface IoredisClient {
  readonly status?: unknown
  disconnect?(reconnects: boolean): void
}

// A failover takes seconds, during which the replica can still be read.
const replicaPauseMs = 1000

/**
 * Makes a client close the connection for a key and open a new one, at most once in `pauseMs`. For connections that do not recover on
 * their own: those to a demoted master, and those that shift replies.
 *
 * An ioredis Cluster closes all its connections. A pool does not show which of its connections was used, so nothing happens.
 */
export function reconnector(client: object, send: Send, pauseMs: number): (key: string) => void {
  const kind = clientKind(client)
  let lastAt = -Infinity
  return (key) => {
    if (kind === 'node-redis-pool' || performance.now() - lastAt < pauseMs) return
    lastAt = performance.now()
    if (kind?.startsWith('ioredis')) {
      const ioredis: IoredisClient = client
      if (ioredis.status === 'ready') ioredis.disconnect?.(true)
    } else {
      // The others have no method for it. The server closes the connection after pending replies, and the client reconnects.
      send(key, ['QUIT']).catch(() => {})
    }
  }
}

/** Makes a client leave a read-only replica; `undefined` for clients that find the master themselves. */
export function leaveReplica(client: object, send: Send): ((key: string) => void) | undefined {
  const kind = clientKind(client)
  if (kind === 'node-redis-sentinel' || kind?.endsWith('-cluster')) return undefined
  return reconnector(client, send, replicaPauseMs)
}
