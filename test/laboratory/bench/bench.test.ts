import { afterAll, beforeAll, describe, it } from 'vitest'
import { findMissingPackages } from '../../support/packages.js'
import { compile } from '../../support/commands.js'
import { startRedis, type RedisServer } from '../../support/servers/redis.js'
import { cases } from './cases.js'
import { startContestant } from './contestant-process.js'
import { contestants, has } from './contestants.js'
import { openLoad } from './load.js'
import { makeVisitors } from './visitors.js'

const missing = await findMissingPackages('laboratory/bench')

describe('what npm run bench measures', () => {
  let redis: RedisServer
  beforeAll(async () => {
    await compile()
    redis = await startRedis()
  })
  afterAll(() => redis.stop())

  it.for(contestants)(
    'answers rightly in each of its cases: $id',
    { timeout: 60_000 },
    async (contestant, { skip }) => {
      if (missing !== undefined) return skip(missing)
      const server = await startContestant(contestant, redis.url)
      try {
        for (const each of cases.filter(({ id }) => has(contestant, id))) {
          const visitors = await makeVisitors(server.port, contestant, each, 4)
          const load = await openLoad(server.port, contestant, each, visitors)
          await load.send(12)
          load.close()
        }
      } finally {
        await server.stop()
      }
    },
  )
})
