import { clientKind } from './client-kind.js'
import { warnOnce } from './warn-once.js'

/** What node-redis, ioredis and iovalkey show of their options. Node-redis Sentinels and pools, and glide, show none. */
interface ClientOptions {
  // node-redis
  readonly disableOfflineQueue?: boolean
  readonly pingInterval?: number
  readonly socket?: { readonly socketTimeout?: number; readonly reconnectStrategy?: unknown }
  // ioredis; the last two are options of its Clusters
  readonly enableOfflineQueue?: boolean
  readonly commandTimeout?: number
  readonly socketTimeout?: number
  readonly retryStrategy?: unknown
  readonly sentinels?: unknown
  readonly failoverDetector?: boolean
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
  const warnings = allWarnings(client)
  return Object.keys(warnings).filter((warning) => warnings[warning])
}

/** By text: whether the warning applies. */
type Warnings = Readonly<Record<string, boolean>>

function allWarnings(client: ClientWithOptions): Warnings {
  const { options, _options: cluster, withTypeMapping } = client
  if (cluster) return nodeRedisWarnings(cluster.defaults ?? {}, true)
  if (!options) return {}
  const kind = clientKind(client)
  if (kind?.startsWith('ioredis')) return ioredisWarnings(options, kind === 'ioredis-cluster')
  // Version 4 of node-redis has no socketTimeout.
  return nodeRedisWarnings(options, withTypeMapping !== undefined)
}

// A failing store is tried this often.
const probeIntervalMs = 1000

const queues = 'keeps commands while it is disconnected and carries them out late'
const dies = 'never notices a connection that died in silence'

function nodeRedisWarnings(
  { disableOfflineQueue, pingInterval, socket }: ClientOptions,
  canTimeOut: boolean,
): Warnings {
  const { socketTimeout = 0, reconnectStrategy } = socket ?? {}
  const timesOut = canTimeOut && socketTimeout > 0
  return {
    [`${queues}: set disableOfflineQueue`]: disableOfflineQueue !== true,
    'never reconnects: set socket.reconnectStrategy': reconnectStrategy === false,
    [`${dies}: set socket.socketTimeout, pingInterval and socket.reconnectStrategy`]: canTimeOut && !timesOut,
    'begins that time anew with each try, once a second: set socket.socketTimeout to less than 1000':
      timesOut && socketTimeout >= probeIntervalMs,
    'closes for good after a socket timeout: set socket.reconnectStrategy': timesOut && reconnectStrategy === undefined,
    'takes an idle connection for a dead one: set pingInterval, to less than socket.socketTimeout':
      timesOut && (!pingInterval || pingInterval >= socketTimeout),
  }
}

/** In a Cluster, the queues and the reconnecting are the Cluster's own, the timeouts those of its connections. */
function ioredisWarnings(options: ClientOptions, isCluster: boolean): Warnings {
  const strategy = isCluster ? 'clusterRetryStrategy' : 'retryStrategy'
  const prefix = isCluster ? 'redisOptions.' : ''
  const { commandTimeout, socketTimeout } = (isCluster ? options.redisOptions : options) ?? {}
  return {
    [`${queues}: set enableOfflineQueue: false`]: options.enableOfflineQueue !== false,
    [`never reconnects: set ${strategy}`]: options[strategy] === null,
    [`never gives up a command that the server does not answer: set ${prefix}commandTimeout`]: !commandTimeout,
    [`${dies}: set ${prefix}socketTimeout`]: !socketTimeout,
    'goes on writing to a master that was demoted, and loses that: set failoverDetector: true':
      !isCluster && Boolean(options.sentinels) && options.failoverDetector !== true,
  }
}
