import { createSessions, StoreUnavailableError } from 'sessera'
import { redisStore } from 'sessera/redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startRedis, type RedisServer } from '../../support/servers/redis.js'
import { type Connection, libraries, recommended } from './clients.js'

// Each with exactly the options that docs/redis.md recommends.
describe.each(Object.values(libraries))('with the recommended options, $name', ({ connect }) => {
  let server: RedisServer
  let connection: Connection
  beforeAll(async () => {
    server = await startRedis()
    connection = await connect({ port: server.port }, recommended)
  })
  afterAll(async () => {
    connection?.close()
    await server?.stop()
  })

  it('answers with an error while the server hangs or is gone, and works again afterwards', async () => {
    const sessions = createSessions<{ count: number }>({ store: redisStore({ client: connection.client }) })
    const store = async (): Promise<string> => {
      const { session, commit } = await sessions.open(undefined, { secure: true })
      session.data.count = 1
      await commit()
      return 'stored'
    }
    const works = async (): Promise<void> => {
      await expect.poll(() => store().catch(String), { timeout: 15_000, interval: 100 }).toBe('stored')
    }

    await works()
    server.pause()
    await expect(store()).rejects.toBeInstanceOf(StoreUnavailableError)
    server.resume()
    await works()
    await server.kill()
    await expect(store()).rejects.toBeInstanceOf(StoreUnavailableError)
    await server.restart()
    await works()
    await sessions.close()
  })
})
