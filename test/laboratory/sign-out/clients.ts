import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'
import type { RedisClient } from 'sessera/redis'
import type { AskTime, ClientName } from './subject.js'

const urlOf = (port: number): string => `redis://127.0.0.1:${port}`

/** Connects a client to a server, or to a Cluster by the ports of its nodes. */
export const connect: Readonly<Record<ClientName, (ports: readonly number[]) => Promise<RedisClient>>> = {
  'node-redis': ([port]) => createClient({ url: urlOf(port!) }).connect(),
  ioredis: async ([port]) => new Redis(port!),
  'node-redis in a Cluster': (ports) =>
    createCluster({ rootNodes: ports.map((port) => ({ url: urlOf(port) })) }).connect(),
  'ioredis in a Cluster': async (ports) => new Cluster(ports.map((port) => ({ host: '127.0.0.1', port }))),
}

/** Asks a server for its time, over a connection of its own. */
export async function connectClock(port: number): Promise<AskTime> {
  const client = await createClient({ url: urlOf(port) }).connect()
  return async () => {
    const [seconds, microseconds] = (await client.sendCommand(['TIME'])) as unknown as [string, string]
    return Number(seconds) * 1_000_000 + Number(microseconds)
  }
}
