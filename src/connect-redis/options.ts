import { parseDeadline, type Duration } from '../options/duration.js'
import { InvalidOptionError } from '../errors.js'
import type { RedisClient } from '../stores/redis/client.js'
import type { AnySession, FewMethods } from '../express-session/api/foreign-types.js'
import type { Serializer } from './record-form.js'
import type { RecordRules } from './records.js'

/** The options of connect-redis, and two more. */
export interface RedisStoreOptions {
  /**
   * The application's own client, connected: node-redis, ioredis, iovalkey or valkey-glide, also for a Cluster. It is neither changed
   * nor closed; only where its server turns out to be a read-only replica, or its replies have come out of step, it is made to connect
   * again. A `keyPrefix` of ioredis stands before `prefix`.
   *
   * Any other object with the methods that connect-redis asks for will do, and so will a client whose own `get` and `set` somebody has
   * replaced: those are used then. They have no step that compares and sets, so that what happens at once is exact within this process only.
   */
  readonly client: RedisClient | FewMethods
  /** What the keys begin with, before the session's id; default `'sess:'`. */
  readonly prefix?: string | undefined
  /** How many keys Redis looks at in one step when sessions are listed; default 100. */
  readonly scanCount?: number | undefined
  /** Default `JSON`. */
  readonly serializer?: Serializer | undefined
  /**
   * How long a session lives whose cookie has no expiry, in seconds; default 86400, a day. A function says it for every session,
   * whatever its cookie has.
   */
  readonly ttl?: number | ((session: AnySession) => number) | undefined
  /** Leaves the life of a session as it is when it is only read. */
  readonly disableTouch?: boolean | undefined
  /** Keeps sessions until they are destroyed. */
  readonly disableTTL?: boolean | undefined
  /** How long a call may take; default `'1s'`. Of those that go through all keys, each step. */
  readonly deadline?: Duration | undefined
  /** How many bytes a session may take; default 8 MiB. A larger one is refused before anything is sent. */
  readonly maxBytes?: number | undefined
}

/** What the options come to. */
interface Settings extends RecordRules {
  readonly scanCount: number
  readonly deadlineMs: number
}

const mostBytes = 8 * 1024 * 1024

/** Checks the options but for the client; throws `InvalidOptionError`. */
export function settingsOf(options: Partial<RedisStoreOptions>): Settings {
  const { prefix, scanCount, serializer, ttl, disableTouch, disableTTL, deadline, maxBytes } = options
  return {
    prefix: checked('prefix', prefix ?? 'sess:', isText, 'must be a string'),
    scanCount: checked('scanCount', scanCount || 100, isCount, 'must be a whole number above 0'),
    serializer: checked('serializer', serializer || JSON, isSerializer, 'must have parse and stringify'),
    ttl: checked('ttl', ttl || 86_400, isLifetime, 'must be a number of seconds, or a function that says it'),
    disableTouch: Boolean(disableTouch),
    disableTTL: Boolean(disableTTL),
    deadlineMs: parseDeadline(deadline ?? '1s'),
    maxBytes: checked('maxBytes', maxBytes ?? mostBytes, isCount, 'must be a whole number of bytes above 0'),
  }
}

function checked<Value>(option: string, value: Value, isValid: (value: Value) => boolean, problem: string): Value {
  if (!isValid(value)) throw new InvalidOptionError(option, problem)
  return value
}

function isText(value: unknown): boolean {
  return typeof value === 'string'
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(Number(value)) && Number(value) > 0
}

function isSerializer({ parse, stringify }: Serializer): boolean {
  return typeof parse === 'function' && typeof stringify === 'function'
}

function isLifetime(value: unknown): boolean {
  return typeof value === 'function' || Number(value) > 0
}
