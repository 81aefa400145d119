import { Redis, type Cluster } from 'ioredis'
import { createClient, createCluster, createClientPool, createSentinel } from 'redis'
import { createSessions, newHandle } from 'sessera'
import { RedisStore } from 'sessera/connect-redis'
import { redisStore, type RedisClient } from 'sessera/redis'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'

beforeEach(() => void vi.spyOn(process, 'emitWarning').mockImplementation(() => {}))

const nowhere = { host: '127.0.0.1', port: 1 }
const url = 'redis://127.0.0.1:1'
const quiet = (client: Redis | Cluster): RedisClient => {
  client.on('error', () => {})
  onTestFinished(() => client.disconnect())
  return client
}
const patience = { maxRetriesPerRequest: 0, retryStrategy: () => 20 }

const clients: readonly [what: string, make: () => RedisClient, says: RegExp][] = [
  [
    'a node-redis client that nobody connected',
    () => createClient({ url }),
    /call client\.connect\(\).*\(ClientClosedError\)/,
  ],
  ['a Cluster of it', () => createCluster({ rootNodes: [{ url }] }), /call client\.connect\(\)/],
  ['a pool of it', () => createClientPool({ url }), /call client\.connect\(\)/],
  [
    'a Sentinel of it',
    () => createSentinel({ name: 'main', sentinelRootNodes: [nowhere] }),
    /call client\.connect\(\)/,
  ],
  [
    'an ioredis client whose server is away',
    () => quiet(new Redis({ ...nowhere, ...patience })),
    /broke before the reply/,
  ],
  [
    'an ioredis client that queues nothing',
    () => quiet(new Redis({ ...nowhere, enableOfflineQueue: false })),
    /the client has no connection/,
  ],
  ['an ioredis client that has given up', () => quiet(new Redis({ ...nowhere, retryStrategy: null })), /is closed/],
]

describe.each(clients)('%s', (_what, make, says) => {
  const unreachable = {
    code: 'STORE_UNAVAILABLE',
    reason: 'unreachable',
    message: expect.stringMatching(says) as unknown,
  }

  it('is named in the message of the error itself, by both APIs', async () => {
    const client = make()
    const native = redisStore({ client })
    await expect(native.load(newHandle())).rejects.toMatchObject(unreachable)
    const { session, commit } = await createSessions({ store: native }).open(undefined)
    session.signIn('ada')
    await expect(commit()).rejects.toMatchObject(unreachable)
    await expect(new RedisStore({ client }).get('id')).rejects.toMatchObject(unreachable)
    await expect(new RedisStore({ client }).set('id', { cookie: {} })).rejects.toMatchObject(unreachable)
  })
})
