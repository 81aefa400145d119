import { SesseraError } from 'sessera'
import { RedisStore } from 'sessera/connect-redis'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { compareAndSetRecords } from '../../../src/express-session/repositories/compare-and-set-records.js'
import { startFaultProxy, type FaultProxy } from '../../support/proxy.js'
import { seededRandom } from '../../support/random.js'
import { startRedis, type RedisServer } from '../../support/servers/redis.js'
import { libraries, type Connection } from './clients.js'

// More than a single MGET takes, besides the first, which is read at once.
const users = Array.from({ length: 150 }, (_, index) => `user-${index}`)
// GET, MGET, MGET, ECHO; or, with valkey-glide, the first of many scripts.
const positions = [0, 1, 2, 3]

describe.each(Object.values(libraries))('many reads at once through $name', ({ connect }) => {
  let server: RedisServer
  let address: FaultProxy
  let connection: Connection

  beforeEach(async () => {
    server = await startRedis()
    address = await startFaultProxy(server.port, seededRandom(1))
    connection = await connect({ port: address.port })
  })

  afterEach(async () => {
    connection?.close()
    await address?.stop()
    await server?.stop()
  })

  it('over a connection that loses, doubles or exchanges any of the replies give nobody what belongs to others', async () => {
    const store = new RedisStore({ client: connection.client, deadline: '300ms' })
    const { load, parse } = store[compareAndSetRecords]()!
    await Promise.all(users.map((user) => store.set(user, { cookie: { originalMaxAge: null }, user })))

    const read = async (id: string): Promise<string> => {
      try {
        const found = await load(id)
        return ((await parse(found!.text)) as { user: string }).user
      } catch (error) {
        return SesseraError.is(error) ? error.code : String(error)
      }
    }
    const patience = (): Promise<'late'> => new Promise((resolve) => setTimeout(() => resolve('late'), 300))
    const visit = (): Promise<string[]> => Promise.all(users.map((user) => Promise.race([read(user), patience()])))

    await visit()
    for (const kind of ['duplicate', 'drop', 'shift'] as const) {
      for (const position of positions) {
        await expect.poll(visit, { timeout: 10_000, interval: 20 }).toEqual(users)
        address.slip(kind, position)
        const slips = address.slips
        const visits = [await visit(), await visit(), await visit()]
        expect(address.slips).toBe(slips + 1)
        for (const answers of visits)
          answers.forEach((answer, index) =>
            expect([users[index], 'RECORD_MISMATCH', 'STORE_UNAVAILABLE', 'late']).toContain(answer),
          )
        // A last reply that comes twice finds nobody who waits.
        if (position < 3) expect(visits.flat()).not.toEqual([...users, ...users, ...users])
      }
    }
    await expect.poll(visit, { timeout: 10_000, interval: 20 }).toEqual(users)
    expect(address.connectedAt.length).toBeGreaterThan(positions.length)
  })
})
