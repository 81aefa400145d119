import { redisStore } from 'sessera/redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findOtherServers, type Launch } from '../../support/servers/other-releases.js'
import { startRedisFrom, type RedisServer } from '../../support/servers/redis.js'
import { libraries, type Library } from './clients.js'
import { describeConformance } from './describe-conformance.js'
import { createUser, handshakes, ours, refusedTo, sparing, tried, useEveryVerb } from './users.js'

const { nodeRedis6, iovalkey, glide } = libraries
const found = await findOtherServers()
const reason = found.status === 'missing' ? found.reason : undefined

// In CI nothing may be missing; elsewhere the reason stands in the name, where those who count skipped tests find it.
const orWhyNot = reason === undefined ? '' : ` (skipped: ${reason})`
it.skipIf(reason !== undefined && !process.env.CI)(`Redis 8 and Valkey 8 can be tested${orWhyNot}`, () => {
  expect(reason).toBeUndefined()
})

const servers: readonly [name: string, launch: Launch, version: RegExp, clients: readonly Library[]][] =
  found.status === 'missing'
    ? []
    : [
        ['Redis 8', found.redis8, /^redis_version:8\./m, [nodeRedis6]],
        ['Valkey 8', found.valkey8, /^valkey_version:8\./m, [nodeRedis6, iovalkey, glide]],
      ]
for (const server of servers) describeServer(...server)

function describeServer(name: string, launch: Launch, version: RegExp, clients: readonly Library[]): void {
  describe(name, () => {
    let live: RedisServer
    let dead: RedisServer
    beforeAll(async () => {
      live = await startRedisFrom(launch)
      dead = await startRedisFrom(launch)
    })
    afterAll(() => Promise.all([live?.stop(), dead?.stop()]))

    it('is what answers', async () => {
      expect(String(await live.command('INFO', 'server'))).toMatch(version)
    })

    it.each(Object.values(libraries))(
      'serves a user who may do only what is listed, by $name',
      async ({ name, connect }) => {
        const user = await createUser([live], `${ours} ${sparing} ${tried} ${handshakes[name]}`)
        const { client, close } = await connect({ port: live.port, user })
        try {
          await useEveryVerb(redisStore({ client }))
          expect(await refusedTo(user, [live])).toEqual([])
        } finally {
          close()
        }
      },
    )

    for (const client of clients) {
      describeConformance(
        `${name} with ${client.name}`,
        () => ({ live, dead }),
        ({ port }) => client.connect({ port }),
      )
    }
  })
}
