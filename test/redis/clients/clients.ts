import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'
import type { RedisClient } from 'sessera/redis'
import { ensurePackages, requireFrom } from '../../support/packages.js'

/** Where a client is to connect. */
export interface Address {
  readonly port: number
  readonly user?: { readonly username: string; readonly password: string }
  /** By TLS; `ca` is the certificate that has signed the server's, and left out the system's are taken. */
  readonly tls?: { readonly ca?: string }
}

/** How long a client waits, in ms. */
export interface Patience {
  readonly forAnswer: number
  readonly forBytes: number
}

export interface Connection {
  readonly client: RedisClient
  close(): void
}

/** A client library, with the options that the documentation recommends. */
export interface Library {
  readonly name: string
  /** Where the server refuses the connection or is away: a client that goes on trying; a rejection by glide. */
  connect(address: Address, patience?: Patience): Promise<Connection>
}

/** What the documentation recommends. */
export const recommended: Patience = { forAnswer: 500, forBytes: 800 }
/** Where time is not what is tested: a busy machine must not look like a dead server. */
const patient: Patience = { forAnswer: 2000, forBytes: 15_000 }

await ensurePackages('redis')
const load = requireFrom('redis')

// What the tests use of them is the same in all their versions.
interface NodeRedis {
  readonly createClient: typeof createClient
}
interface Ioredis {
  readonly Redis: typeof Redis
}

const nodeRedisOptions = ({ forBytes }: Patience) => ({
  disableOfflineQueue: true,
  pingInterval: forBytes / 3,
  socket: { socketTimeout: forBytes, reconnectStrategy: (retries: number) => Math.min(50 * retries, 500) },
})

const ioredisOptions = ({ forAnswer }: Patience) => ({
  commandTimeout: forAnswer,
  socketTimeout: 3000,
  maxRetriesPerRequest: 1,
  maxLoadingRetryTime: 500,
  enableOfflineQueue: false,
  retryStrategy: (tries: number) => Math.min(50 * tries, 500),
})

function nodeRedis(name: string, { createClient }: NodeRedis): Library {
  return {
    name,
    async connect({ port, user, tls }, patience = patient) {
      const options = nodeRedisOptions(patience)
      const client = createClient({
        ...user,
        ...options,
        socket: { ...options.socket, host: '127.0.0.1', port, ...(tls && { tls: true, ...tls }) },
      })
      client.on('error', () => {})
      client.connect().catch(() => {})
      await new Promise((resolve) => client.once('ready', resolve).once('error', resolve))
      return { client, close: () => client.destroy() }
    },
  }
}

function ioredis(name: string, { Redis }: Ioredis): Library {
  return {
    name,
    async connect({ port, user, tls }, patience = patient) {
      const client = new Redis({ ...user, ...ioredisOptions(patience), host: '127.0.0.1', port, ...(tls && { tls }) })
      client.on('error', () => {})
      await new Promise((resolve) => client.once('ready', resolve).once('error', resolve))
      return { client, close: () => client.disconnect() }
    },
  }
}

interface Glide {
  readonly GlideClient: GlideFactory
  readonly GlideClusterClient: GlideFactory
  readonly Logger: { setLoggerConfig(level: 'off'): void }
}

interface GlideFactory {
  createClient(configuration: object): Promise<RedisClient & { close(): void }>
}

const glideLibrary = load('@valkey/valkey-glide') as Glide
glideLibrary.Logger.setLoggerConfig('off') // it prints each NOSCRIPT and each lost connection

async function connectGlide(
  factory: GlideFactory,
  ports: readonly number[],
  { user, tls }: Omit<Address, 'port'>,
  { forAnswer }: Patience,
): Promise<Connection> {
  const client = await factory.createClient({
    addresses: ports.map((port) => ({ host: '127.0.0.1', port })),
    requestTimeout: forAnswer,
    ...(user && { credentials: user }),
    ...(tls && { useTLS: true }),
    ...(tls?.ca && { advancedConfiguration: { tlsAdvancedConfiguration: { rootCertificates: tls.ca } } }),
  })
  return { client, close: () => client.close() }
}

const glide: Library = {
  name: 'valkey-glide',
  connect: ({ port, ...address }, patience = patient) =>
    connectGlide(glideLibrary.GlideClient, [port], address, patience),
}

/** On a single server, the newest of each. The packages of the project itself are node-redis 6 and ioredis 6. */
export const libraries = {
  nodeRedis5: nodeRedis('node-redis 5', load('redis5') as NodeRedis),
  nodeRedis6: nodeRedis('node-redis 6', { createClient }),
  ioredis5: ioredis('ioredis 5', load('ioredis5') as Ioredis),
  ioredis6: ioredis('ioredis 6', { Redis }),
  iovalkey: ioredis('iovalkey', load('iovalkey') as Ioredis),
  glide,
}

/** The clients that know a Cluster, given the ports of its nodes. */
export const clusterLibraries: readonly {
  readonly name: string
  connect(ports: readonly number[], user?: Address['user'], patience?: Patience): Promise<Connection>
}[] = [
  {
    name: 'node-redis 6',
    async connect(ports, user, patience = patient) {
      const client = createCluster({
        rootNodes: ports.map((port) => ({ url: `redis://127.0.0.1:${port}` })),
        defaults: { ...user, ...nodeRedisOptions(patience) },
      })
      client.on('error', () => {})
      let again: NodeJS.Timeout | undefined
      const tried = new Promise((resolve) => client.once('connect', resolve).once('error', resolve))
      function connect(): void {
        client.connect().catch(() => {
          again = setTimeout(connect, 500)
        })
      }
      connect()
      await tried
      const close = (): void => {
        clearTimeout(again)
        client.destroy()
      }
      return { client, close }
    },
  },
  {
    name: 'ioredis 6',
    async connect(ports, user, patience = patient) {
      const client = new Cluster(
        ports.map((port) => ({ host: '127.0.0.1', port })),
        { enableOfflineQueue: false, redisOptions: { ...user, ...ioredisOptions(patience) } },
      )
      client.on('error', () => {})
      await new Promise((resolve) => {
        for (const event of ['ready', 'error', 'reconnecting']) client.once(event, resolve)
      })
      return { client, close: () => client.disconnect() }
    },
  },
  {
    name: 'valkey-glide',
    connect: (ports, user, patience = patient) =>
      connectGlide(glideLibrary.GlideClusterClient, ports, user ? { user } : {}, patience),
  },
]
