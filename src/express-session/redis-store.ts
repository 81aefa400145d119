import type { Duration } from '../core/duration.js'
import { emitEvent } from '../core/events.js'
import { Guard } from '../core/guard.js'
import { InvalidOptionError } from '../errors.js'
import type { AnyClient, RedisClient } from '../stores/redis/client.js'
import { refuseMistaken } from '../option-names.js'
import { serverOf } from '../stores/redis/server.js'
import { atomicRecords, UnreadableRecordError, type AtomicRecords } from './atomic-records.js'
import { parseDeadline } from '../core/duration.js'
import type { Answer, AnySession, Done } from './foreign.js'
import { handleOf } from './handle.js'
import { findKeys } from './redis-keys.js'
import { RedisRecords, type RecordRules, type Serializer } from './redis-records.js'
import { Store } from './store.js'
import { nextTick } from '../timers.js'

export type { Serializer } from './redis-records.js'

/** The options of connect-redis, and one more. */
export interface RedisStoreOptions {
  /**
   * The application's own client, connected: node-redis, ioredis, iovalkey or valkey-glide, also for a Cluster. It is neither changed
   * nor closed; only where its server turns out to be a read-only replica, or its replies have come out of step, it is made to connect
   * again. A `keyPrefix` of ioredis stands before `prefix`.
   */
  readonly client: RedisClient
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
}

const keysAtOnce = 100

/** What is replaced, in a subclass or on the store, by whoever wants to see or change what the middleware asks for. */
const replaceable = ['get', 'set', 'touch', 'destroy'] as const

class RedisStore extends Store implements RecordRules {
  readonly client: AnyClient
  prefix: string
  scanCount: number
  serializer: Serializer
  ttl: number | ((session: AnySession) => number)
  disableTouch: boolean
  disableTTL: boolean
  readonly #records: RedisRecords

  /** @throws InvalidOptionError when an option cannot work. */
  constructor(options: RedisStoreOptions) {
    super()
    refuseMistaken('options', options, { client: 'pass { client }' })
    const { client, prefix, scanCount, serializer, ttl, disableTouch, disableTTL, deadline } = options ?? {}
    refuseMistaken('client', client, {
      store: 'pass the Redis client',
      'callback-store': 'pass the Redis client that it has',
    })
    this.client = client
    this.prefix = checked('prefix', prefix ?? 'sess:', isText, 'must be a string')
    this.scanCount = checked('scanCount', scanCount || 100, isCount, 'must be a whole number above 0')
    this.serializer = checked('serializer', serializer || JSON, isSerializer, 'must have parse and stringify')
    this.ttl = checked('ttl', ttl || 86_400, isLifetime, 'must be a number of seconds, or a function that says it')
    this.disableTouch = Boolean(disableTouch)
    this.disableTTL = Boolean(disableTTL)
    const guard = new Guard(parseDeadline(deadline ?? '1s'))
    this.#records = new RedisRecords(serverOf(client, { keyPrefix: true }), guard, this)
  }

  /** The session of this id; `null` for one that is not there, or cannot be read. */
  override get(id: string, callback?: Answer<AnySession>): Promise<AnySession> {
    return answer(this.#get(id), callback)
  }

  /** Stores a session, whatever stood there; one whose life is over is destroyed. */
  override set(id: string, session: AnySession, callback?: Done): Promise<void> {
    return answer(
      this.#call(async () => void (await this.#records.set(id, session))),
      callback,
    )
  }

  /** Lets a session live as long as its cookie says, without storing it. */
  override touch(id: string, session: AnySession, callback?: Done): Promise<void> {
    const isDisabled = this.disableTouch || this.disableTTL
    const touched = isDisabled
      ? Promise.resolve()
      : this.#call(async () => void (await this.#records.touch(id, session)))
    return answer(touched, callback)
  }

  override destroy(id: string, callback?: Done): Promise<void> {
    return answer(
      this.#call(() => this.#records.remove(id)),
      callback,
    )
  }

  /** Destroys all sessions. */
  override clear(callback?: Done): Promise<void> {
    return answer(this.#clear(), callback)
  }

  /** How many there are. */
  override length(callback?: Answer<AnySession>): Promise<number> {
    return answer(
      this.#ids().then((ids) => ids.length),
      callback,
    )
  }

  ids(callback?: Answer<AnySession>): Promise<string[]> {
    return answer(this.#ids(), callback)
  }

  /** All sessions that can be read, each with its `id`. */
  override all(callback?: Answer<AnySession>): Promise<AnySession[]> {
    return answer(this.#all(), callback)
  }

  /** @internal */
  [atomicRecords](): AtomicRecords | undefined {
    return replaceable.every((method) => this[method] === own[method]) ? this.#records : undefined
  }

  /** A guarded call to the server. */
  #call<Value>(call: () => Promise<Value>): Promise<Value> {
    return this.#records.guard.operate((calls) => calls.make(call))
  }

  async #get(id: string): Promise<AnySession> {
    return this.#parse(id, await this.#call(() => this.#records.read(id)))
  }

  /** What cannot be read is dropped: an error would come with each request of that visitor, until somebody removes the key. */
  async #parse(id: string, text: string | undefined): Promise<AnySession> {
    if (text === undefined) return null
    try {
      return await this.#records.parse(text)
    } catch (error) {
      if (!(error instanceof UnreadableRecordError)) throw error
      emitEvent('record-unreadable', { handle: handleOf(id), reason: 'corrupt' })
      return null
    }
  }

  async #ids(): Promise<string[]> {
    const keys = await findKeys(this.client as RedisClient, this.#records.guard, this.prefix, this.scanCount)
    return keys.map((key) => key.slice(this.prefix.length))
  }

  /** Does something with all sessions, many of them in one round trip, and each by a command of its own: it may be a Cluster. */
  async #withAll<Value>(act: (id: string) => Promise<Value>): Promise<[id: string, value: Value][]> {
    const ids = await this.#ids()
    const results: [string, Value][] = []
    while (ids.length > 0) {
      const some = ids.splice(0, keysAtOnce)
      results.push(
        ...(await this.#call(() => Promise.all(some.map(async (id) => [id, await act(id)] as [string, Value])))),
      )
    }
    return results
  }

  async #clear(): Promise<void> {
    await this.#withAll((id) => this.#records.remove(id))
  }

  async #all(): Promise<AnySession[]> {
    const sessions: AnySession[] = []
    for (const [id, text] of await this.#withAll((id) => this.#records.read(id))) {
      const session = (await this.#parse(id, text)) as object | null
      if (session !== null) sessions.push(Object.assign(session, { id }))
    }
    return sessions
  }
}

const own = Object.fromEntries(replaceable.map((method) => [method, RedisStore.prototype[method]]))

/** What it was to call the module of connect-redis until version 6: gives the class. */
type OfModule = (session?: unknown) => typeof RedisStore

/**
 * Keeps the sessions of express-session, the original or ours, and of @fastify/session in Redis or Valkey: the keys and the text of
 * connect-redis, so that both can run on the same sessions.
 *
 * Each method takes a Node callback, or gives a promise. It fails with a `StoreUnavailableError` within the deadline, however long the
 * client would wait.
 */
const CallableRedisStore: typeof RedisStore & OfModule = new Proxy(RedisStore as typeof RedisStore & OfModule, {
  apply: () => CallableRedisStore,
})
type CallableRedisStore = RedisStore
RedisStore.prototype.constructor = CallableRedisStore

export { CallableRedisStore as RedisStore }

/** By the callback if there is one, on a tick of its own: what it throws is not a failure of the store. Else by the promise. */
function answer<Value>(promise: Promise<Value>, callback: Answer<AnySession> | undefined): Promise<Value> {
  if (typeof callback !== 'function') return promise
  return new Promise((resolve) => {
    const call = (error: unknown, value: Value | null): void => {
      nextTick(() => {
        let result: unknown
        try {
          result = callback(error, value)
        } finally {
          resolve(result as never)
        }
      })
    }
    promise.then(
      (value) => call(null, value),
      (error: unknown) => call(error, null),
    )
  })
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
