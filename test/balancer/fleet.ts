import { startRedis } from '../servers/redis.js'
import { type Backends, type Kind, startBackends } from './backends.js'
import { type SlowWrites, startSlowWrites } from './slow-writes.js'

/** Three backends, their Redis, and what stands between them. */
export interface Fleet extends Backends {
  readonly redis: SlowWrites
}

export async function startFleet(kind: Kind = 'sessera'): Promise<Fleet> {
  const server = await startRedis()
  const redis = await startSlowWrites(server.port)
  const backends = await startBackends(redis.url, kind)
  return {
    ...backends,
    redis,
    async stop() {
      await backends.stop()
      await redis.stop()
      await server.stop()
    },
  }
}
