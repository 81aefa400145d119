import { clearInterval, setInterval } from '../../engine/timers.js'
import { clientKind, hasMethod } from './client-kind.js'

/** What a subscriber says. `lost` comes once, and last: then another one must be made. */
export interface SubscriberEvents {
  message(text: string): void
  /** Messages are delivered from now on. After an interruption, it comes again. */
  delivers(): void
  interrupted(): void
  /** The connection is gone for good, or the server has refused the subscription with this error. */
  lost(error?: unknown): void
}

/** The members of all these clients that a subscriber needs. */
interface Duplicable {
  duplicate(overrides: object): Client
  readonly options?: { readonly socket?: object }
}
interface Client extends Duplicable {
  on(event: string, listener: (...values: unknown[]) => void): unknown
  connect(): Promise<unknown>
  subscribe(channel: string, listener?: (message: string) => void): Promise<unknown>
  ping(): Promise<unknown>
  readonly isOpen?: unknown
  destroy?(): void
  disconnect(): unknown
}
interface NodeRedisCluster {
  readonly masters: readonly object[]
  nodeClient(master: object): Promise<Client>
}
interface IoredisCluster {
  nodes(role: 'master'): readonly Client[]
}
interface Pool {
  execute<Result>(work: (client: Client) => Result): Promise<Result>
}

// A connection on which nothing is sent is not missed when it dies.
const pingEveryMs = 5_000

/** Whether connections can be made like those of this client. */
export function canSubscribe(client: object): boolean {
  const kind = clientKind(client)
  if (kind === 'node-redis-pool' || kind === 'node-redis-cluster' || kind === 'ioredis-cluster') return true
  return kind !== undefined && !kind.startsWith('glide') && hasMethod(client, 'duplicate')
}

/**
 * Subscribes to a channel over a new connection, made like those of the client, and reconnecting like it. In a Cluster, it goes to one node, since each
 * has the messages of all; when it breaks, it is lost.
 *
 * Resolves to what closes it. Rejects if the client has no connection yet from which to learn the way.
 */
export async function openSubscriber(client: object, channel: string, events: SubscriberEvents): Promise<() => void> {
  switch (clientKind(client)) {
    case 'ioredis':
      return subscribeIoredis(client as Client, {}, channel, events)
    case 'ioredis-cluster': {
      const node = anyOf((client as IoredisCluster).nodes('master'))
      return subscribeIoredis(node, { retryStrategy: () => null }, channel, events)
    }
    case 'node-redis-cluster': {
      const cluster = client as NodeRedisCluster
      const node = await cluster.nodeClient(anyOf(cluster.masters))
      const socket = { ...node.options?.socket, reconnectStrategy: false }
      return subscribeNodeRedis(node, { socket }, channel, events)
    }
    case 'node-redis-pool':
      return subscribeNodeRedis(await (client as Pool).execute((one) => one), {}, channel, events)
    case 'node-redis-sentinel':
      return subscribeNodeRedis(client as Client, { masterPoolSize: 1, replicaPoolSize: 0 }, channel, events)
    default:
      return subscribeNodeRedis(client as Client, {}, channel, events)
  }
}

function anyOf<Item>(items: readonly Item[]): Item {
  const item = items[Math.floor(Math.random() * items.length)]
  if (item === undefined) throw new Error('The Redis client knows no master of the Cluster.')
  return item
}

function subscribeIoredis(
  client: Duplicable,
  overrides: object,
  channel: string,
  { message, delivers, interrupted, lost }: SubscriberEvents,
): () => void {
  const subscriber = client.duplicate({ lazyConnect: false, autoResubscribe: false, monitor: false, ...overrides })
  const pings = setInterval(() => void subscriber.ping().catch(ignore), pingEveryMs).unref()
  let isClosed = false
  function close(error?: unknown): void {
    clearInterval(pings)
    if (isClosed) return
    isClosed = true
    subscriber.disconnect()
    lost(error)
  }
  subscriber.on('error', ignore)
  subscriber.on('message', (_channel, text) => message(String(text)))
  subscriber.on('ready', () => void subscriber.subscribe(channel).then(delivers, (error: unknown) => refused(error)))
  subscriber.on('close', interrupted)
  subscriber.on('end', () => close())
  // Otherwise the connection broke, and the client makes another one.
  function refused(error: unknown): void {
    if (/NOPERM|no permissions|unknown command/i.test(String(error))) close(error)
  }
  return close
}

function subscribeNodeRedis(
  client: Duplicable,
  overrides: object,
  channel: string,
  { message, delivers, interrupted, lost }: SubscriberEvents,
): () => void {
  // A cache would lose what it has when this connection breaks.
  const always = { legacyMode: false, clientSideCache: undefined, emitInvalidate: undefined }
  const subscriber = client.duplicate({ ...always, ...overrides })
  let isSubscribed = false
  let isClosed = false
  function close(error?: unknown): void {
    if (isClosed) return
    isClosed = true
    if (subscriber.destroy !== undefined) subscriber.destroy()
    else void Promise.resolve(subscriber.disconnect()).catch(ignore)
    lost(error)
  }
  subscriber.on('error', () => {
    interrupted()
    if (isSubscribed && subscriber.isOpen === false) close()
  })
  // The client has subscribed again by then.
  for (const event of ['ready', 'topology-change']) subscriber.on(event, () => void (isSubscribed && delivers()))
  const subscribing = subscriber.connect().then(() => subscriber.subscribe(channel, message))
  subscribing.then(() => {
    isSubscribed = true
    if (!isClosed) delivers()
  }, close)
  return close
}

function ignore(): void {}
