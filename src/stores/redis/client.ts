import { InvalidOptionError } from '../../errors.js'

/**
 * A connected client of the application, recognised by its methods:
 *
 * - `redis` (node-redis) 5 or later: client, cluster, sentinel or pool;
 * - `ioredis` 5 or later and `iovalkey`: client (Sentinel too) or cluster;
 * - `@valkey/valkey-glide`: client or cluster client.
 */
export type RedisClient =
  | { sendCommand(...parameters: any[]): any }
  | { call(...parameters: any[]): any; callBuffer(...parameters: any[]): any }
  | { customCommand(...parameters: any[]): any }

/**
 * Sends one command to the master that holds `key`, and gives the server's reply: strings, numbers, `null`, arrays.
 * Rejects with the client's own error.
 */
export type Send = (key: string, command: readonly [name: string, ...parameters: string[]]) => Promise<unknown>

/** The one function that the store needs of a client, whichever it is. Changes nothing on the client, opens nothing. */
export function sendThrough(client: RedisClient): Send {
  // The order matters: ioredis has a sendCommand too, with a meaning of its own.
  if (hasMethod(client, 'customCommand')) return sendThroughGlide(client)
  if (hasMethod(client, 'callBuffer')) return sendThroughIoredis(client)
  if (hasMethod(client, 'sendCommand')) return sendThroughNodeRedis(client)
  throw new InvalidOptionError(
    'client',
    'must be a client of redis (node-redis), ioredis, iovalkey or @valkey/valkey-glide that you have made, ' +
      `such as await createClient({ url }).connect(); it is ${client === null ? 'null' : `of type ${typeof client}`}`,
  )
}

function hasMethod(client: any, method: string): boolean {
  return typeof client?.[method] === 'function'
}

function sendThroughGlide(client: any): Send {
  const decoder = 1 // Decoder.String, also where the application's default is bytes
  if (!hasMethod(client, 'invokeScriptWithRoute')) return (_key, command) => client.customCommand(command, { decoder })
  return async (key, command) => {
    const options = { decoder, route: { type: 'primarySlotKey', key } }
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

function sendThroughIoredis(client: any): Send {
  const { keyPrefix, scaleReads } = client.options ?? {}
  if (keyPrefix) {
    throw new InvalidOptionError('client', 'must be an ioredis client without keyPrefix; use the prefix of redisStore')
  }
  if (scaleReads !== undefined && scaleReads !== 'master') {
    throw new InvalidOptionError(
      'client',
      "must be an ioredis cluster with scaleReads: 'master'; a replica may not have the last write yet",
    )
  }
  return (_key, command) => client.call(...command).catch(rethrowWithoutCommand)
}

/** ioredis hangs the arguments on its errors; the record would end up in whatever log prints them. */
function rethrowWithoutCommand(error: any): never {
  delete error.command
  throw error
}

function sendThroughNodeRedis(client: any): Send {
  // Replies are strings whatever type mapping the application has set; `false`: not from a replica.
  const options = { typeMapping: {} }
  if (hasMethod(client, 'nodeClient')) return (key, command) => client.sendCommand(key, false, command, options)
  if (hasMethod(client, 'getSentinelNode')) return (_key, command) => client.sendCommand(false, command, options)
  // The client's timeout ends only commands that wait to be written. On a ready connection nothing waits, and an
  // AbortSignal for each command would be most of what the command costs.
  const optionsWhenReady = { ...options, timeout: undefined }
  return (_key, command) => client.sendCommand(command, client.isReady === true ? optionsWhenReady : options)
}

// Clients give server errors no code, and glide rewrites their text.

/** The server does not have the script of this hash. */
export function isNoScript(error: unknown): boolean {
  return messageOf(error, /NOSCRIPT|NoScriptError/)
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
