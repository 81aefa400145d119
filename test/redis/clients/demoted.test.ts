import { createSessions } from 'sessera'
import { RedisStore } from 'sessera/connect-redis'
import { redisStore } from 'sessera/redis'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FaultProxy, startFaultProxy } from '../../support/proxy.js'
import { seededRandom } from '../../support/random.js'
import { startRedis, type RedisServer } from '../../support/servers/redis.js'
import { handOver, startReplica } from '../../support/servers/replica.js'
import { type Connection, libraries, recommended } from './clients.js'

// The master is demoted and keeps its connections; its address leads to the new one from then on.
describe.each(Object.values(libraries))('with the recommended options, $name', ({ connect }) => {
  let [master, replica]: RedisServer[] = []
  let address: FaultProxy
  let connection: Connection

  beforeEach(async () => {
    master = await startRedis()
    replica = await startReplica(master)
    address = await startFaultProxy(master.port, seededRandom(1))
    connection = await connect({ port: address.port }, recommended)
  })

  afterEach(async () => {
    connection?.close()
    await address?.stop()
    await replica?.stop()
    await master?.stop()
  })

  async function succeeds(work: () => Promise<unknown>): Promise<void> {
    await expect.poll(() => work().then(() => 'done', String), { timeout: 15_000, interval: 100 }).toBe('done')
  }

  it('finds the new master by itself, through both APIs, and nothing acknowledged is lost', async () => {
    const sessions = createSessions<{ count: number }>({
      store: redisStore({ client: connection.client }),
      cookie: { secure: false },
    })
    const opened = await sessions.open(undefined)
    opened.session.data.count = 1
    const { setCookies } = await opened.commit()
    const store = new RedisStore({ client: connection.client })
    const session = { cookie: { originalMaxAge: null }, user: 'ada' }
    await store.set('id', session)

    await handOver(master!, replica!)
    address.target = replica!.port

    await succeeds(async () => {
      const { session: found } = await sessions.open(setCookies[0]!.split(';')[0])
      await found.update((data) => void (data.count! += 1))
      expect(found.data.count).toBeGreaterThan(1)
    })
    await succeeds(() => store.set('id', { ...session, user: 'bob' }))
    expect(await store.get('id')).toMatchObject({ user: 'bob' })
    await sessions.close()
  })
})
