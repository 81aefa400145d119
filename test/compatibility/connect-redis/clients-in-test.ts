import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { onTestFinished } from 'vitest'
import type { RedisServer } from '../../support/servers/redis.js'

/** Connects by node-redis until the test is over. */
export async function nodeRedis({ url }: RedisServer) {
  const client = await createClient({ url }).connect()
  onTestFinished(() => client.destroy())
  return client
}

/** Connects by ioredis, or a subclass, until the test is over. */
export function ioredis(
  { port }: RedisServer,
  options: { enableAutoPipelining?: boolean } = {},
  Client = Redis,
): Redis {
  const client = new Client(port, options)
  onTestFinished(() => client.disconnect())
  return client
}
