import { libraries } from '../redis/clients/clients.js'
import { describeConformance } from '../redis/clients/describe-conformance.js'
import { redisInTests } from '../support/servers/redis-in-tests.js'

const [live, dead] = [await redisInTests(), await redisInTests()]

for (const { name, connect } of Object.values(libraries)) {
  describeConformance(
    name,
    () => ({ live, dead }),
    ({ port }) => connect({ port }),
  )
}
