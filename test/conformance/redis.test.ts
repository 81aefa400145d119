import { libraries } from '../redis/clients/clients.js'
import { describeConformance } from '../redis/clients/describe-conformance.js'
import { testClients } from '../support/redis-clients.js'
import { redisInTests } from '../support/servers/redis-in-tests.js'

const [live, dead] = [await redisInTests(), await redisInTests()]

for (const { name, connect } of Object.values(libraries)) {
  describeConformance(
    name,
    () => ({ live, dead }),
    ({ port }) => connect({ port }),
  )
}

// It gathers the commands of a tick in a pipeline, which no recommended option does.
describeConformance(
  'ioredis 6 with automatic pipelining',
  () => ({ live, dead }),
  async ({ url }) => testClients.find(({ name }) => name === 'ioredis')!.connect(url),
)
