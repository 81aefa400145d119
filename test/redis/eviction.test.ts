import { RedisStore } from 'sessera/connect-redis'
import { redisStore, type RedisClient } from 'sessera/redis'
import { afterEach, expect, it, vi } from 'vitest'
import { newHandle } from '../../src/store.js'
import { redisInTests } from '../support/servers/redis-in-tests.js'
import { testClients } from '../support/redis-clients.js'

const server = await redisInTests()
afterEach(async () => {
  vi.restoreAllMocks()
  await server.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
})

const apis = {
  redisStore(client: RedisClient) {
    const store = redisStore({ client })
    return () => store.load(newHandle())
  },
  RedisStore(client: RedisClient) {
    const store = new RedisStore({ client })
    return () => store.get('id')
  },
}

// Two policies, as the same is said only once.
it.each([
  ['redisStore', 'allkeys-lru', testClients[0]!],
  ['RedisStore', 'allkeys-lfu', testClients[1]!],
] as const)('%s warns of a server that evicts what is in use (%s)', async (api, policy, { connect }) => {
  await server.command('CONFIG', 'SET', 'maxmemory-policy', policy)
  const { client, close } = await connect(server.url)
  try {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    await apis[api](client)()
    await vi.waitFor(() =>
      expect(warn).toHaveBeenCalledWith(expect.stringContaining(policy), { code: 'SESSERA_REDIS_EVICTION' }),
    )
  } finally {
    close()
  }
})
