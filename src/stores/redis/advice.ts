/** What the options of node-redis say, as far as they matter here. */
interface NodeRedisOptions {
  readonly disableOfflineQueue?: boolean
  readonly pingInterval?: number
  readonly socket?: { readonly socketTimeout?: number; readonly reconnectStrategy?: unknown }
}

interface IoredisOptions {
  readonly enableOfflineQueue?: boolean
  readonly commandTimeout?: number
  readonly socketTimeout?: number
  readonly retryStrategy?: unknown
  readonly sentinels?: unknown
  readonly failoverDetector?: boolean
}

/** By which the client is recognised, and what it shows of its options; clusters show none, or those of their connections. */
interface SomeClient {
  readonly callBuffer?: unknown
  readonly sendCommand?: unknown
  readonly withTypeMapping?: unknown
  readonly options?: (NodeRedisOptions | IoredisOptions) & { readonly redisOptions?: IoredisOptions }
}

const told = new Set<string>()

/** Says once by which of its options the client can hang, or lose or repeat writes, and how they should be set. */
export function warnOfClient(client: object): void {
  const advice = adviceFor(client).join('; it ')
  if (advice === '' || told.has(advice)) return
  told.add(advice)
  process.emitWarning(`The Redis client ${advice}. See docs/redis.md.`, { code: 'SESSERA_REDIS_CLIENT' })
}

/** What the client does as it is configured, and what to set instead. Nothing for one whose options cannot be seen. */
export function adviceFor(client: object): readonly string[] {
  const { options, callBuffer, withTypeMapping }: SomeClient = client
  if (options === undefined || options === null) return []
  if (callBuffer !== undefined) return adviceForIoredis({ ...options, ...options.redisOptions })
  // Version 4 cannot time a socket out.
  return adviceForNodeRedis(options as NodeRedisOptions, withTypeMapping !== undefined)
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
  if (!options.commandTimeout) {
    advice.push('never gives up a command that the server does not answer: set commandTimeout')
  }
  if (!options.socketTimeout) {
    advice.push('never notices a connection that died in silence: set socketTimeout')
  }
  if (options.sentinels && options.failoverDetector !== true) {
    advice.push('goes on writing to a master that was demoted, and loses that: set failoverDetector: true')
  }
  return advice
}
