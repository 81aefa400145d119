import { InvalidOptionError } from '../errors.js'
import type { Duration } from '../options/duration.js'
import type { RedisClient } from '../stores/redis/client.js'
import type { AnySession, MinimalClient, Readable } from '../express-session/api/loose-types.js'

/** Turns sessions into text or bytes, and back. */
export interface Serializer {
  /**
   * May return a promise. Gets a Buffer if `stringify` returns one, if the client is node-redis mapped to Buffers, or if the stored
   * bytes are not valid UTF-8.
   */
  parse(text: Readable): AnySession
  stringify(session: AnySession): string | Uint8Array
}

/** The options of connect-redis, and two more. */
export interface RedisStoreOptions {
  /**
   * The application's own connected client: node-redis, ioredis, iovalkey or valkey-glide, also for a Cluster. It is neither changed
   * nor closed, but it is made to reconnect if its server turns out to be a read-only replica or its replies reach the wrong calls. ioredis
   * puts its `keyPrefix` before `prefix`.
   *
   * Any other object with the methods that connect-redis uses works too. Those methods are also used if the client's own
   * `get` or `set` was replaced. They have no atomic compare-and-set, so concurrent requests are safe within one process only.
   */
  readonly client: RedisClient | MinimalClient
  /** The prefix of keys, before the session's id. Default `'sess:'`. */
  readonly prefix?: string | undefined
  /** How many keys Redis examines in one step when it lists sessions. Default 100. */
  readonly scanCount?: number | undefined
  /** Default `JSON`. */
  readonly serializer?: Serializer | undefined
  /**
   * Lifetime in seconds of sessions whose cookie has no expiry. Default 86400, a day. A function sets the lifetime of every session,
   * whatever its cookie says.
   */
  readonly ttl?: number | ((session: AnySession) => number) | undefined
  /** Does not extend sessions that are only read. */
  readonly disableTouch?: boolean | undefined
  /** Keeps sessions until they are destroyed. */
  readonly disableTTL?: boolean | undefined
  /** Time limit for each call. Default `'1s'`. For methods that go through all keys it limits each step. */
  readonly deadline?: Duration | undefined
  /** The maximum size of a session in bytes. Default 8 MiB. Larger ones are rejected before anything is sent. */
  readonly maxBytes?: number | undefined
}

type FieldName = Exclude<keyof RedisStoreOptions, 'client' | 'deadline'>

/** The options that are fields of the store. Applications may change them at any time, so each call reads them anew. */
export type StoreFields = { readonly [Name in FieldName]: NonNullable<RedisStoreOptions[Name]> }

/** The fields with their defaults; throws `InvalidOptionError`. */
export function storeFields(options: Partial<RedisStoreOptions>): StoreFields {
  const fields: StoreFields = {
    prefix: options.prefix ?? 'sess:',
    scanCount: options.scanCount || 100,
    serializer: options.serializer || JSON,
    ttl: options.ttl || 86_400,
    disableTouch: Boolean(options.disableTouch),
    disableTTL: Boolean(options.disableTTL),
    maxBytes: options.maxBytes ?? 8 * 1024 * 1024,
  }
  const { prefix, scanCount, serializer, ttl, maxBytes } = fields
  check('prefix', typeof prefix === 'string', 'must be a string')
  check('scanCount', isCount(scanCount), 'must be a whole number above 0')
  check('serializer', isSerializer(serializer), 'must have parse and stringify')
  check('ttl', typeof ttl === 'function' || ttl > 0, 'must be a number of seconds, or a function that returns it')
  check('maxBytes', isCount(maxBytes), 'must be a whole number of bytes above 0')
  return fields
}

function check(option: string, isValid: boolean, problem: string): void {
  if (!isValid) throw new InvalidOptionError(option, problem)
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(Number(value)) && Number(value) > 0
}

function isSerializer({ parse, stringify }: Serializer): boolean {
  return typeof parse === 'function' && typeof stringify === 'function'
}
