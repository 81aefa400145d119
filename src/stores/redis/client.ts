import { InvalidOptionError, StoreUnavailableError } from '../../errors.js'
import { clientKind, hasMethod } from './client-kind.js'
import { oneWritePerTurn } from './one-write-per-turn.js'

/**
 * A client of the application, recognised by its methods:
 *
 * - `redis` (node-redis) 4 or later: client, cluster, sentinel or pool;
 * - `ioredis` 5 or later and `iovalkey`: client (Sentinel too) or cluster;
 * - `@valkey/valkey-glide`: client or cluster client.
 */
export type RedisClient =
  | { sendCommand(...parameters: any[]): any }
  | { call(...parameters: any[]): any; callBuffer(...parameters: any[]): any }
  | { customCommand(...parameters: any[]): any }

/** A client, with all other members of its library. */
export type AnyClient = any

export type Command = readonly [name: string, ...parameters: (string | Uint8Array)[]]

/**
 * Sends one command to the master that holds `key` and resolves with the server's reply: strings (or bytes, with the option), numbers,
 * `null`, arrays. Rejects with the client's own error.
 */
export type Send = (key: string, command: Command) => Promise<unknown>

/** One particular master. */
interface Master {
  /** Tells it from the others in every call of `mastersOf`, whatever their order. Empty for the one server. */
  readonly address: string
  readonly send: (command: Command) => Promise<unknown>
}

/** How a client is used. */
interface SendOptions {
  /** Allow an ioredis client with a `keyPrefix` (see `keyPrefixOf`). */
  readonly keyPrefix?: boolean
  /** Replies contain stored text as Buffers, not strings, because it may be bytes. */
  readonly bytes?: boolean
  /** What else the option `client` accepts, for the error message. */
  readonly others?: string
}

/**
 * The only function that a store needs of a client, for all libraries. Changes nothing on the client, opens nothing.
 *
 * @throws InvalidOptionError for anything that is not a client, or cannot be used.
 */
export function sendThrough(client: RedisClient, options: SendOptions = {}): Send {
  const { bytes = false, others = '' } = options
  const kind = clientKind(client)
  if (kind?.startsWith('glide')) return sendThroughGlide(client, bytes)
  if (kind?.startsWith('ioredis')) return sendThroughIoredis(client, options)
  if (kind?.startsWith('node-redis')) return sendThroughNodeRedis(client, bytes)
  throw new InvalidOptionError(
    'client',
    hasMethod(client, 'internal_send_command')
      ? 'is a client of node-redis 3 or older; upgrade to 4 or later (legacyMode of 4 works)'
      : 'must be a client of redis (node-redis), ioredis, iovalkey or @valkey/valkey-glide, such as ' +
          `await createClient({ url }).connect()${others}; it is ${client === null ? 'null' : `of type ${typeof client}`}`,
  )
}

/**
 * All masters that the client currently knows: those of a Cluster, or the one server. For commands without a key, like `SCAN`. Their order may
 * change from call to call. Rejects if the client has found none.
 */
export async function mastersOf(client: RedisClient): Promise<readonly Master[]> {
  const masters = await findMasters(client)
  if (masters.length > 0) return masters
  const message = 'The Redis client knows no master of the Cluster; is it connected?'
  throw new StoreUnavailableError(message, undefined, 'unreachable')
}

async function findMasters(client: any): Promise<readonly Master[]> {
  switch (clientKind(client)) {
    case 'glide-cluster': {
      // Only the replies of all masters show their addresses.
      const replies = await client.customCommand(['SCAN', '0', 'COUNT', '1'], { decoder, route: 'allPrimaries' })
      return replies.map(({ key: address }: { key: string }): Master => {
        const route = { type: 'routeByAddress', host: address }
        return { address, send: (command) => client.customCommand(command, { decoder, route }) }
      })
    }
    case 'ioredis-cluster':
      return client.nodes('master').map((node: any): Master => {
        const { host, port } = node.options
        return { address: `${host}:${port}`, send: (command) => node.call(...command) }
      })
    case 'node-redis-cluster':
      return Promise.all(
        client.masters.map(async (master: { readonly address: string }): Promise<Master> => {
          const node = await client.nodeClient(master)
          return { address: master.address, send: (command) => node.sendCommand(command, plainReplies) }
        }),
      )
    default: {
      const send = sendThrough(client, { keyPrefix: true })
      return [{ address: '', send: (command) => send('', command) }]
    }
  }
}

/** The prefix that ioredis adds to the keys of commands, but neither to patterns nor to the keys of replies. */
export function keyPrefixOf(client: AnyClient): string {
  return hasMethod(client, 'callBuffer') ? String(client.options?.keyPrefix ?? '') : ''
}

const decoder = 1 // Decoder.String of glide, also if the application's default is bytes
const bytesDecoder = 0

function sendThroughGlide(client: any, bytes: boolean): Send {
  const decode = { decoder: bytes ? bytesDecoder : decoder }
  if (clientKind(client) === 'glide') return (_key, command) => client.customCommand(command, decode)
  return async (key, command) => {
    const options = { ...decode, route: { type: 'primarySlotKey', key } }
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await client.customCommand(command, options)
      } catch (error) {
        // While a slot moves, glide sometimes rejects with the redirection instead of following it, rarely several times in a row. The
        // server ran nothing, so sending again is safe.
        if (attempt === 8 || !(error instanceof Error && /\b(Moved|Ask): \d/.test(error.message))) throw error
      }
    }
  }
}

function sendThroughIoredis(client: any, { keyPrefix = false, bytes = false }: SendOptions): Send {
  const { scaleReads = 'master', enableAutoPipelining } = client.options ?? {}
  if (!keyPrefix && keyPrefixOf(client)) {
    throw new InvalidOptionError('client', 'must be an ioredis client without keyPrefix; use the prefix of redisStore')
  }
  if (scaleReads !== 'master') {
    throw new InvalidOptionError(
      'client',
      "must be an ioredis cluster with scaleReads: 'master'; a replica may not have the last write yet",
    )
  }
  const isOneConnection = clientKind(client) === 'ioredis' && !enableAutoPipelining
  const collect = isOneConnection ? oneWritePerTurn(() => client.stream) : () => {}
  return (_key, [name, ...parameters]) => {
    // Auto-pipelining loses the name that `callBuffer` is given.
    const method = `${name.toLowerCase()}Buffer`
    const reply =
      bytes && enableAutoPipelining && hasMethod(client, method)
        ? client[method](...parameters)
        : client[bytes ? 'callBuffer' : 'call'](name, ...parameters)
    collect()
    return reply.catch(rethrowWithoutCommand)
  }
}

/** ioredis attaches the arguments to its errors, so logging the error would log the record. */
function rethrowWithoutCommand(error: any): never {
  delete error.command
  throw error
}

/** For node-redis: strings, whatever type mapping the application has set. */
const plainReplies = { typeMapping: {} }

/** For node-redis: bulk strings as Buffers; `returnBuffers` is for version 4. */
const bulkString = 36
const bytesReplies = { typeMapping: { [bulkString]: Buffer }, returnBuffers: true }

/** Whether a node-redis client gives the application Buffers for stored strings. */
export function givesBytes(client: AnyClient): boolean {
  const options = client?._commandOptions ?? client?.commandOptions ?? client?._options?.commandOptions
  return options?.typeMapping?.[bulkString] === Buffer
}

function sendThroughNodeRedis(client: any, bytes: boolean): Send {
  const replies = bytes ? bytesReplies : plainReplies
  const kind = clientKind(client)
  // `false`: not from a replica.
  if (kind === 'node-redis-cluster') return (key, command) => client.sendCommand(key, false, command, replies)
  if (kind === 'node-redis-sentinel') return (_key, command) => client.sendCommand(false, command, replies)
  // In the legacy mode of version 4, `client.v4` has the methods that return promises.
  const sender = client.options?.legacyMode ? client.v4 : client
  // The client's timeout ends only commands that wait to be written. On a ready connection nothing waits, and an
  // AbortSignal for each command would be most of what the command costs.
  const optionsWhenReady = { ...replies, timeout: undefined }
  return (_key, command) => sender.sendCommand(command, client.isReady === true ? optionsWhenReady : replies)
}
