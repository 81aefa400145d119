import { warnOnce } from './warn-once.js'

/** What the options of node-redis say, as far as they matter here. */
interface NodeRedisOptions {
  readonly disableOfflineQueue?: boolean
  readonly pingInterval?: number
  readonly socket?: { readonly socketTimeout?: number; readonly reconnectStrategy?: unknown }
}

/** Of a client, or of the connections of a Cluster. */
interface IoredisOptions {
  readonly enableOfflineQueue?: boolean
  readonly commandTimeout?: number
  readonly socketTimeout?: number
  readonly retryStrategy?: unknown
  readonly sentinels?: unknown
  readonly failoverDetector?: boolean
}

interface IoredisClusterOptions {
  readonly enableOfflineQueue?: boolean
  readonly clusterRetryStrategy?: unknown
  readonly redisOptions?: IoredisOptions
}

/** By which the client is recognised, and what it shows of its options. */
interface SomeClient {
  /** ioredis and iovalkey; `nodes` of their Clusters only. */
  readonly callBuffer?: unknown
  readonly nodes?: unknown
  readonly options?: NodeRedisOptions & IoredisOptions & IoredisClusterOptions
  /** node-redis from version 5 on; the last of its Clusters. Its Sentinels and pools show nothing. */
  readonly withTypeMapping?: unknown
  readonly _options?: { readonly defaults?: NodeRedisOptions }
}

/** Says once by which of its options the client can hang, or lose or repeat writes, and how they should be set. */
export function warnOfClient(client: object): void {
  const advice = adviceFor(client).join('; it ')
  if (advice !== '') warnOnce(`The Redis client ${advice}. See docs/redis.md.`, 'SESSERA_REDIS_CLIENT')
}

/** What the client does as it is configured, and what to set instead. Nothing for one whose options cannot be seen. */
export function adviceFor(client: object): readonly string[] {
  const { options, _options: clusterOptions, callBuffer, nodes, withTypeMapping }: SomeClient = client
  if (clusterOptions) return adviceForNodeRedis(clusterOptions.defaults ?? {}, true)
  if (!options) return []
  // Version 4 of node-redis cannot time a socket out.
  if (callBuffer === undefined) return adviceForNodeRedis(options, withTypeMapping !== undefined)
  return nodes === undefined ? adviceForIoredis(options) : adviceForIoredisCluster(options)
}

// How often a store that keeps failing is tried.
const probeIntervalMs = 1000

const queues = 'keeps commands while it is disconnected and carries them out late'

function adviceForNodeRedis(
  { disableOfflineQueue, pingInterval, socket }: NodeRedisOptions,
  canTimeOut: boolean,
): readonly string[] {
  const { socketTimeout, reconnectStrategy } = socket ?? {}
  const advice: string[] = []
  if (disableOfflineQueue !== true) advice.push(`${queues}: set disableOfflineQueue`)
  if (reconnectStrategy === false) advice.push('never reconnects: set socket.reconnectStrategy')
  if (!canTimeOut) return advice
  if (!socketTimeout) {
    advice.push(
      'never notices a connection that died in silence: set socket.socketTimeout, pingInterval and socket.reconnectStrategy',
    )
  } else {
    if (socketTimeout >= probeIntervalMs) {
      advice.push('begins that time anew with each try, once a second: set socket.socketTimeout to less than 1000')
    }
    if (reconnectStrategy === undefined)
      advice.push('closes for good after a socket timeout: set socket.reconnectStrategy')
    if (!pingInterval || pingInterval >= socketTimeout) {
      advice.push('takes an idle connection for a dead one: set pingInterval, to less than socket.socketTimeout')
    }
  }
  return advice
}

function adviceForIoredis(options: IoredisOptions): readonly string[] {
  const advice: string[] = []
  if (options.enableOfflineQueue !== false) advice.push(`${queues}: set enableOfflineQueue: false`)
  if (options.retryStrategy === null) advice.push('never reconnects: set retryStrategy')
  advice.push(...adviceForTimeouts(options, ''))
  if (options.sentinels && options.failoverDetector !== true) {
    advice.push('goes on writing to a master that was demoted, and loses that: set failoverDetector: true')
  }
  return advice
}

/** Of its connections it sets the queues and the reconnecting itself. */
function adviceForIoredisCluster(options: IoredisClusterOptions): readonly string[] {
  const advice: string[] = []
  if (options.enableOfflineQueue !== false) advice.push(`${queues}: set enableOfflineQueue: false`)
  if (options.clusterRetryStrategy === null) advice.push('never reconnects: set clusterRetryStrategy')
  advice.push(...adviceForTimeouts(options.redisOptions ?? {}, 'redisOptions.'))
  return advice
}

function adviceForTimeouts({ commandTimeout, socketTimeout }: IoredisOptions, where: string): readonly string[] {
  const advice: string[] = []
  if (!commandTimeout) {
    advice.push(`never gives up a command that the server does not answer: set ${where}commandTimeout`)
  }
  if (!socketTimeout) {
    advice.push(`never notices a connection that died in silence: set ${where}socketTimeout`)
  }
  return advice
}
