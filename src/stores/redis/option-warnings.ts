import { clientKind } from './client-kind.js'
import { warnOnce } from './warn-once.js'

/** The options that clients of node-redis, ioredis and iovalkey expose. Node-redis Sentinels and pools, and glide, expose none. */
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

/** Warns once about options that let the client hang, or lose or repeat writes, and says how to set them. */
export function warnOfOptions(client: object): void {
  const warnings = optionWarnings(client).join('; it ')
  if (warnings !== '') warnOnce(`The Redis client ${warnings}. See docs/redis.md.`, 'SESSERA_REDIS_CLIENT')
}

/** What the client does wrong with its options, and what to set instead. Empty if its options cannot be read. */
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

// How often a failing store is probed.
const probeIntervalMs = 1000

const queues = 'queues commands while it is disconnected, and sends them late'
const hangs = 'never notices a dead connection'

function nodeRedisWarnings(
  { disableOfflineQueue, pingInterval, socket }: ClientOptions,
  canTimeOut: boolean,
): Warnings {
  const { socketTimeout = 0, reconnectStrategy } = socket ?? {}
  const timesOut = canTimeOut && socketTimeout > 0
  return {
    [`${queues}: set disableOfflineQueue`]: disableOfflineQueue !== true,
    'never reconnects: set socket.reconnectStrategy': reconnectStrategy === false,
    [`${hangs}: set socket.socketTimeout, pingInterval and socket.reconnectStrategy`]: canTimeOut && !timesOut,
    'restarts its socket timeout with each probe, once a second: set socket.socketTimeout to less than 1000':
      timesOut && socketTimeout >= probeIntervalMs,
    'never reconnects after a socket timeout: set socket.reconnectStrategy':
      timesOut && reconnectStrategy === undefined,
    'mistakes an idle connection for a dead one: set pingInterval to less than socket.socketTimeout':
      timesOut && (!pingInterval || pingInterval >= socketTimeout),
  }
}

/** In a Cluster, queueing and reconnecting are options of the Cluster, timeouts are options of its connections. */
function ioredisWarnings(options: ClientOptions, isCluster: boolean): Warnings {
  const strategy = isCluster ? 'clusterRetryStrategy' : 'retryStrategy'
  const prefix = isCluster ? 'redisOptions.' : ''
  const { commandTimeout, socketTimeout } = (isCluster ? options.redisOptions : options) ?? {}
  return {
    [`${queues}: set enableOfflineQueue: false`]: options.enableOfflineQueue !== false,
    [`never reconnects: set ${strategy}`]: options[strategy] === null,
    [`never gives up a command that the server does not answer: set ${prefix}commandTimeout`]: !commandTimeout,
    [`${hangs}: set ${prefix}socketTimeout`]: !socketTimeout,
    'keeps writing to a demoted master, and loses these writes: set failoverDetector: true':
      !isCluster && Boolean(options.sentinels) && options.failoverDetector !== true,
  }
}
