import { startRedis } from '../../support/servers/redis.js'
import { startRedisCluster } from '../../support/servers/redis-cluster.js'
import { openIn, race, startField } from './race.js'
import type { ClientName } from './subject.js'
const rounds = Number(process.argv[2] ?? 20)
const seed = Number(process.argv[3] ?? 1)
const field = await startField()
const redis = await startRedis()
const cluster = await startRedisCluster()
for (const [library, client] of [
  ['sessera', 'node-redis'],
  ['sessera', 'ioredis'],
  ['sessera', 'node-redis in a Cluster'],
  ['sessera', 'ioredis in a Cluster'],
  ['better-auth', 'ioredis'],
] as const) {
  if (process.argv[4] && process.argv[4] !== library) continue
  const ports = client.includes('Cluster') ? cluster.nodes.map(({ port }) => port) : [redis.port]
  const t = Date.now()
  await openIn(field, { library, client: client as ClientName, ports, seed })
  console.log(library, client, JSON.stringify(await race(field, { rounds, seed })), Date.now() - t, 'ms')
}
await field.stop()
await redis.stop()
await cluster.stop()
process.exit()
