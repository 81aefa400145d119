import { clientKind } from './client-kind.js'
import { keyPrefixOf, type Send } from './client.js'
import { slotOf } from './shards.js'

/** Sends `ECHO` with a word to the server that holds `key`. */
export type Echo = (key: string, word: string) => Promise<unknown>

/** A Cluster of node-redis. */
interface NodeRedisCluster {
  readonly slots?: readonly ({ readonly master?: object } | undefined)[]
  nodeClient?(master: object): NodeRedisClient | Promise<NodeRedisClient>
}

interface NodeRedisClient {
  sendCommand(command: readonly string[]): Promise<unknown>
}

/** A Cluster of ioredis or iovalkey. */
interface IoredisCluster {
  /** For each slot the addresses of its nodes, master first. */
  readonly slots?: readonly (readonly string[] | undefined)[]
  nodes?(role: 'master'): readonly IoredisNode[]
}

interface IoredisNode {
  readonly options?: { readonly host?: string; readonly port?: number }
  call?(name: string, parameter: string): Promise<unknown>
}

/** `ECHO` has no key, so Clusters of node-redis and ioredis would send it to any node. This looks up the one of the key. */
export function echoThrough(client: object, send: Send): Echo {
  const echo: Echo = (key, word) => send(key, ['ECHO', word])
  switch (clientKind(client)) {
    case 'node-redis-cluster':
      return async (key, word) => {
        const { slots, nodeClient }: NodeRedisCluster = client
        const master = slots?.[slotOf(key)]?.master
        const node = master && (await nodeClient?.call(client, master))
        return node ? node.sendCommand(['ECHO', word]) : echo(key, word)
      }
    case 'ioredis-cluster':
      return (key, word) => {
        const cluster: IoredisCluster = client
        const address = cluster.slots?.[slotOf(keyPrefixOf(client) + key)]?.[0]
        const node = cluster.nodes?.('master').find(({ options }) => address === `${options?.host}:${options?.port}`)
        return node?.call?.('ECHO', word) ?? echo(key, word)
      }
    default:
      return echo
  }
}
