import { startRedis } from '../servers/redis.js'
import { type Backends, startBackends } from './backends.js'
import { type SlowWrites, startSlowWrites } from './slow-writes.js'

/** Three backends, their Redis, and what stands between them. */
export interface Fleet extends Backends {
  readonly redis: SlowWrites
}

export type Kind = 'sessera' | 'peer'

export async function startFleet(kind: Kind = 'sessera'): Promise<Fleet> {
  const server = await startRedis()
  const redis = await startSlowWrites(server.port)
  const program = new URL('backend.ts', import.meta.url)
  const backends = await startBackends({ url: program, args: [redis.url, kind] })
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
