import { afterAll, beforeAll } from 'vitest'
import { startRedis, type RedisServer } from '../support/servers/redis.js'
import { libraries } from '../redis/clients/clients.js'
import { describeConformance } from '../redis/clients/describe-conformance.js'

let live: RedisServer
let dead: RedisServer
beforeAll(async () => {
  live = await startRedis()
  dead = await startRedis()
})
afterAll(() => Promise.all([live?.stop(), dead?.stop()]))

for (const { name, connect } of Object.values(libraries)) {
  describeConformance(
    name,
    () => ({ live, dead }),
    ({ port }) => connect({ port }),
  )
}
