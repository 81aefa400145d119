import { clientKind } from './client-kind.js'
import { warnOnce } from './warn-once.js'

/** What node-redis and ioredis show of their options. Node-redis Sentinels and pools, and glide, show none. */
interface ClientOptions {
  // node-redis
  readonly disableOfflineQueue?: boolean
  readonly pingInterval?: number
  readonly socket?: { readonly socketTimeout?: number; readonly reconnectStrategy?: unknown }
  // ioredis and iovalkey
  readonly enableOfflineQueue?: boolean
  readonly commandTimeout?: number
  readonly socketTimeout?: number
  readonly retryStrategy?: unknown
  readonly sentinels?: unknown
  readonly failoverDetector?: boolean
  // their Clusters
  readonly clusterRetryStrategy?: unknown
  readonly redisOptions?: ClientOptions
}

interface ClientWithOptions {
  readonly options?: ClientOptions
  /** A node-redis Cluster from version 5 on. */
  readonly _options?: { readonly defaults?: ClientOptions }
  /** node-redis from version 5 on. */
  readonly withTypeMapping?: unknown
}

/** Warns once of client options that let it hang, or lose or repeat writes, and says how to set them. */
export function warnOfOptions(client: object): void {
  const warnings = optionWarnings(client).join('; it ')
  if (warnings !== '') warnOnce(`The Redis client ${warnings}. See docs/redis.md.`, 'SESSERA_REDIS_CLIENT')
}

/** What the client does wrong as it is configured, and what to set instead. Empty if its options cannot be seen. */
export function optionWarnings(client: object): readonly string[] {
  const { options, _options: cluster, withTypeMapping }: ClientWithOptions = client
  if (cluster) return nodeRedisWarnings(cluster.defaults ?? {}, true).filter(isText)
  if (!options) return []
  const kind = clientKind(client)
  if (kind === 'ioredis-cluster') return ioredisClusterWarnings(options).filter(isText)
  if (kind === 'ioredis') return ioredisWarnings(options).filter(isText)
  // Version 4 of node-redis has no socketTimeout.
  return nodeRedisWarnings(options, withTypeMapping !== undefined).filter(isText)
}

type Warnings = readonly (string | false)[]

const isText = (warning: string | false): warning is string => warning !== false

// A failing store is tried this often.
const probeIntervalMs = 1000

const queues = 'keeps commands while it is disconnected and carries them out late'

function nodeRedisWarnings(
  { disableOfflineQueue, pingInterval, socket }: ClientOptions,
  canTimeOut: boolean,
): Warnings {
  const { socketTimeout, reconnectStrategy } = socket ?? {}
  const warnings = [
    disableOfflineQueue !== true && `${queues}: set disableOfflineQueue`,
    reconnectStrategy === false && 'never reconnects: set socket.reconnectStrategy',
  ]
  if (!canTimeOut) return warnings
  if (!socketTimeout)
    return [
      ...warnings,
      'never notices a connection that died in silence: set socket.socketTimeout, pingInterval and socket.reconnectStrategy',
    ]
  return [
    ...warnings,
    socketTimeout >= probeIntervalMs &&
      'begins that time anew with each try, once a second: set socket.socketTimeout to less than 1000',
    reconnectStrategy === undefined && 'closes for good after a socket timeout: set socket.reconnectStrategy',
    (!pingInterval || pingInterval >= socketTimeout) &&
      'takes an idle connection for a dead one: set pingInterval, to less than socket.socketTimeout',
  ]
}

function ioredisWarnings(options: ClientOptions): Warnings {
  return [
    options.enableOfflineQueue !== false && `${queues}: set enableOfflineQueue: false`,
    options.retryStrategy === null && 'never reconnects: set retryStrategy',
    ...timeoutWarnings(options, ''),
    Boolean(options.sentinels) &&
      options.failoverDetector !== true &&
      'goes on writing to a master that was demoted, and loses that: set failoverDetector: true',
  ]
}

/** The queues and the reconnecting of its connections are the Cluster's own. */
function ioredisClusterWarnings(options: ClientOptions): Warnings {
  return [
    options.enableOfflineQueue !== false && `${queues}: set enableOfflineQueue: false`,
    options.clusterRetryStrategy === null && 'never reconnects: set clusterRetryStrategy',
    ...timeoutWarnings(options.redisOptions ?? {}, 'redisOptions.'),
  ]
}

function timeoutWarnings({ commandTimeout, socketTimeout }: ClientOptions, prefix: string): Warnings {
  return [
    !commandTimeout && `never gives up a command that the server does not answer: set ${prefix}commandTimeout`,
    !socketTimeout && `never notices a connection that died in silence: set ${prefix}socketTimeout`,
  ]
}
