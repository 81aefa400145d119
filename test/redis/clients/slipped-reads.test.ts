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

  it.each(['duplicate', 'drop', 'shift'] as const)(
    'give nobody what belongs to others, whichever of the replies has this fault: %s',
    async (kind) => {
      const store = new RedisStore({ client: connection.client, deadline: '15s' })
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
      const patience = (): Promise<'late'> => new Promise((resolve) => setTimeout(() => resolve('late'), 200))
      const visit = (): Promise<string[]> => Promise.all(users.map((user) => Promise.race([read(user), patience()])))

      await visit()
      for (const position of positions) {
        await expect.poll(visit, { timeout: 15_000, interval: 20 }).toEqual(users)
        const slips = address.slips
        address.slip(kind, position)
        const visits = [await visit()]
        while (address.slips === slips) visits.push(await visit())
        visits.push(await visit(), await visit())
        for (const answers of visits)
          answers.forEach((answer, index) =>
            expect([users[index], 'RECORD_MISMATCH', 'STORE_UNAVAILABLE', 'late']).toContain(answer),
          )
        // A last reply that comes twice finds nobody who waits.
        if (position < 3) expect(visits.flat()).not.toEqual(visits.flatMap(() => users))
      }
      await expect.poll(visit, { timeout: 15_000, interval: 20 }).toEqual(users)
      expect(address.connectedAt.length).toBeGreaterThan(1)
    },
  )
})
