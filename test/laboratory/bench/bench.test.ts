import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findMissingPackages } from '../../support/packages.js'
import { compile } from '../../support/commands.js'
import { startRedis, type RedisServer } from '../../support/servers/redis.js'
import { cases } from './cases.js'
import { startContestant } from './contestant-process.js'
import { contestants, has } from './contestants.js'
import { openLoad } from './load.js'
import { costsBetween, readCounts } from './redis-costs.js'
import { makeVisitors } from './visitors.js'

const missing = await findMissingPackages('laboratory/bench')

describe('what npm run bench measures', () => {
  let redis: RedisServer
  beforeAll(async () => {
    await compile()
    redis = await startRedis()
  })
  afterAll(() => redis.stop())

  // Not measured here, so several at once.
  it.concurrent.for(contestants)(
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

  it('notices a wrong answer', async ({ skip }) => {
    if (missing !== undefined) return skip(missing)
    const native = contestants.find(({ id }) => id === 'native')!
    const read = cases.find(({ id }) => id === 'read')!
    const server = await startContestant(native, redis.url)
    const [visitor] = await makeVisitors(server.port, native, read, 1)
    const load = await openLoad(server.port, native, read, [{ ...visitor!, name: 'somebody else' }])
    try {
      await expect(load.send(1)).rejects.toThrow('answered /read of somebody else with 200 visitor-000000')
    } finally {
      load.close()
      await server.stop()
    }
  })

  it('counts in Redis what is done between two looks, and not the looking', async () => {
    const [first, second] = [await readCounts(redis), await readCounts(redis)]
    expect(costsBetween(first, second, 1)).toMatchObject({ commands: [], bytesIn: 0, bytesOut: 0 })
    await redis.command('SET', 'key', 'value')
    const costs = costsBetween(second, await readCounts(redis), 1)
    const set = '*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n'
    expect(costs).toMatchObject({
      commands: [{ name: 'SET', count: 1 }],
      bytesIn: set.length,
      bytesOut: '+OK\r\n'.length,
    })
  })
})
