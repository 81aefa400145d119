import { RedisStore } from 'sessera/connect-redis'
import { redisStore, type RedisClient } from 'sessera/redis'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { newHandle } from '../../src/store.js'
import { startRedis, type RedisServer } from '../servers/redis.js'
import { testClients } from './clients.js'

let server: RedisServer
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server?.stop())
afterEach(async () => {
  vi.restoreAllMocks()
  await server.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
})

/** The codes of what the process is warned of. */
function warnings(): string[] {
  const codes: string[] = []
  vi.spyOn(process, 'emitWarning').mockImplementation((_warning, options) => {
    codes.push((options as NodeJS.EmitWarningOptions).code!)
  })
  return codes
}

const doors: [name: string, read: (client: RedisClient) => () => Promise<unknown>][] = [
  [
    'redisStore',
    (client) => {
      const store = redisStore({ client })
      return () => store.load(newHandle())
    },
  ],
  [
    'RedisStore',
    (client) => {
      const store = new RedisStore({ client })
      return () => store.get('id')
    },
  ],
]

describe.each(testClients)('with $name', ({ connect }) => {
  it.each(doors)('%s warns of a server that evicts what is in use', async (_name, open) => {
    await server.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
    const { client, close } = await connect(server.url)
    try {
      const warned = warnings()
      const read = open(client)
      await read()
      await vi.waitFor(() => expect(warned).toContain('SESSERA_REDIS_EVICTION'))
    } finally {
      close()
    }
  })
})
