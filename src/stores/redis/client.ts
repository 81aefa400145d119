import { InvalidOptionError, StoreUnavailableError } from '../../errors.js'

/**
 * A connected client of the application, recognised by its methods:
 *
 * - `redis` (node-redis) 4 or later: client, cluster, sentinel or pool;
 * - `ioredis` 5 or later and `iovalkey`: client (Sentinel too) or cluster;
 * - `@valkey/valkey-glide`: client or cluster client.
 */
export type RedisClient =
  | { sendCommand(...parameters: any[]): any }
  | { call(...parameters: any[]): any; callBuffer(...parameters: any[]): any }
  | { customCommand(...parameters: any[]): any }

/** A client with whatever else its own library gives it. */
export type AnyClient = any

export type Command = readonly [name: string, ...parameters: (string | Uint8Array)[]]

/**
 * Sends one command to the master that holds `key`, and gives the server's reply: strings (or bytes, where those were asked for),
 * numbers, `null`, arrays. Rejects with the client's own error.
 */
export type Send = (key: string, command: Command) => Promise<unknown>

/** The same to one certain master, for commands that are about no key. */
type SendToMaster = (command: Command) => Promise<unknown>

/**
 * The one function that the store needs of a client, whichever it is. Changes nothing on the client, opens nothing.
 *
 * `keyPrefix`: whether ioredis may put one before the keys; `keyPrefixOf` tells it. `bytes`: replies have Buffers where texts are
 * stored, which may be none. `others`: what else would do, for the error.
 */
export function sendThrough(client: RedisClient, { keyPrefix = false, bytes = false, others = '' } = {}): Send {
  // The order matters: ioredis has a sendCommand too, with a meaning of its own.
  if (isGlide(client)) return sendThroughGlide(client, bytes)
  if (hasMethod(client, 'callBuffer')) return sendThroughIoredis(client, keyPrefix, bytes)
  if (hasMethod(client, 'internal_send_command')) {
    throw new InvalidOptionError(
      'client',
      'is of node-redis 3 or older; upgrade it to 4 or later (legacyMode of 4 works)',
    )
  }
  if (hasMethod(client, 'sendCommand')) return sendThroughNodeRedis(client, bytes)
  throw new InvalidOptionError(
    'client',
    'must be a client of redis (node-redis), ioredis, iovalkey or @valkey/valkey-glide that you have made, ' +
      `such as await createClient({ url }).connect()${others}; it is ${client === null ? 'null' : `of type ${typeof client}`}`,
  )
}

/**
 * All masters as the client knows them now: those of a Cluster, else the one server. Each command to one of them goes there
 * and nowhere else, as `SCAN` needs it. Rejects where the client has found none.
 */
export async function mastersOf(client: RedisClient): Promise<readonly SendToMaster[]> {
  const masters = (await clusterMasters(client)) ?? [
    (command: Command) => sendThrough(client, { keyPrefix: true })('', command),
  ]
  if (masters.length > 0) return masters
  const message = 'The Redis client knows no master of the Cluster; is it connected?'
  throw new StoreUnavailableError(message, undefined, 'unreachable')
}

async function clusterMasters(client: any): Promise<readonly SendToMaster[] | undefined> {
  if (hasMethod(client, 'invokeScriptWithRoute')) {
    // Only the answers of all of them say where they are.
    const answers = await client.customCommand(['SCAN', '0', 'COUNT', '1'], { decoder, route: 'allPrimaries' })
    const routes = answers.map(({ key }: { key: string }) => ({ type: 'routeByAddress', host: key }))
    return routes.map((route: object) => (command: Command) => client.customCommand(command, { decoder, route }))
  }
  if (hasMethod(client, 'callBuffer')) {
    if (!hasMethod(client, 'nodes')) return undefined
    return client.nodes('master').map((node: any) => (command: Command) => node.call(...command))
  }
  if (!hasMethod(client, 'nodeClient')) return undefined
  const nodes: any[] = await Promise.all(client.masters.map((master: object) => client.nodeClient(master)))
  return nodes.map((node) => (command) => node.sendCommand(command, plainReplies))
}

/** What ioredis puts before the keys of commands, but neither before patterns nor on the keys of replies. */
export function keyPrefixOf(client: any): string {
  return hasMethod(client, 'callBuffer') ? String(client.options?.keyPrefix ?? '') : ''
}

/** A mock of ioredis has a method of the same name, for another purpose. */
export function isGlide(client: any): boolean {
  return hasMethod(client, 'customCommand') && !hasMethod(client, 'scanStream')
}

function hasMethod(client: any, method: string): boolean {
  return typeof client?.[method] === 'function'
}

const decoder = 1 // Decoder.String of glide, also where the application's default is bytes
const bytesDecoder = 0

function sendThroughGlide(client: any, bytes: boolean): Send {
  const decode = { decoder: bytes ? bytesDecoder : decoder }
  if (!hasMethod(client, 'invokeScriptWithRoute')) return (_key, command) => client.customCommand(command, decode)
  return async (key, command) => {
    const options = { ...decode, route: { type: 'primarySlotKey', key } }
    for (let tries = 1; ; tries += 1) {
      try {
        return await client.customCommand(command, options)
      } catch (error) {
        // While a slot moves, glide sometimes hands such an answer over instead of following it, seldom several times in a
        // row. The server ran nothing, so that sending again is safe.
        if (tries === 8 || !messageOf(error, /\b(Moved|Ask): \d/)) throw error
      }
    }
  }
}

function sendThroughIoredis(client: any, mayHaveKeyPrefix: boolean, bytes: boolean): Send {
  const { scaleReads } = client.options ?? {}
  if (!mayHaveKeyPrefix && keyPrefixOf(client)) {
    throw new InvalidOptionError('client', 'must be an ioredis client without keyPrefix; use the prefix of redisStore')
  }
  if (scaleReads !== undefined && scaleReads !== 'master') {
    throw new InvalidOptionError(
      'client',
      "must be an ioredis cluster with scaleReads: 'master'; a replica may not have the last write yet",
    )
  }
  const { enableAutoPipelining } = client.options ?? {}
  return (_key, [name, ...parameters]) => {
    // Its pipelines lose the name that `callBuffer` is given.
    const method = `${name.toLowerCase()}Buffer`
    if (bytes && enableAutoPipelining && hasMethod(client, method))
      return client[method](...parameters).catch(rethrowWithoutCommand)
    return client[bytes ? 'callBuffer' : 'call'](name, ...parameters).catch(rethrowWithoutCommand)
  }
}

/** ioredis hangs the arguments on its errors; the record would end up in whatever log prints them. */
function rethrowWithoutCommand(error: any): never {
  delete error.command
  throw error
}

/** For node-redis: replies are strings, whatever type mapping the application has set. */
const plainReplies = { typeMapping: {} }

/** What is stored as bytes: by the type of such replies, and as version 4 calls it. */
const replyType = 36
const bytesReplies = { typeMapping: { [replyType]: Buffer }, returnBuffers: true }

/** Whether a client of node-redis gives the application Buffers for what is stored. */
export function givesBytes(client: any): boolean {
  const options = client?._commandOptions ?? client?.commandOptions ?? client?._options?.commandOptions
  return options?.typeMapping?.[replyType] === Buffer
}

function sendThroughNodeRedis(client: any, bytes: boolean): Send {
  const replies = bytes ? bytesReplies : plainReplies
  // `false`: not from a replica.
  if (hasMethod(client, 'nodeClient')) return (key, command) => client.sendCommand(key, false, command, replies)
  if (hasMethod(client, 'getSentinelNode')) return (_key, command) => client.sendCommand(false, command, replies)
  // Version 4 in its legacy mode keeps what gives promises beside what takes callbacks.
  const sender = client.options?.legacyMode ? client.v4 : client
  // The client's timeout ends only commands that wait to be written. On a ready connection nothing waits, and an
  // AbortSignal for each command would be most of what the command costs.
  const optionsWhenReady = { ...replies, timeout: undefined }
  return (_key, command) => sender.sendCommand(command, client.isReady === true ? optionsWhenReady : replies)
}

// Clients give server errors no code, and glide rewrites their text.

/** The server does not have the script of this hash. */
export function isNoScript(error: unknown): boolean {
  return messageOf(error, /NOSCRIPT|NoScriptError/)
}

/** The server cannot make sense of a script's text. */
export function isNotCompiled(error: unknown): boolean {
  return messageOf(error, /compiling script/i)
}

/** The key holds something that is not a string. */
export function isWrongType(error: unknown): boolean {
  return messageOf(error, /WRONGTYPE/)
}

/** The server does not let this user run the command, or does not have it. */
export function isForbidden(error: unknown): boolean {
  return messageOf(error, /no permissions|unknown command/i)
}

function messageOf(error: unknown, pattern: RegExp): boolean {
  return error instanceof Error && pattern.test(error.message)
}
