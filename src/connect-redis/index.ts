import { CircuitBreakers } from '../engine/circuit-breakers.js'
import { plainOperations, type Operations } from '../engine/operations.js'
import { InvalidArgumentError } from '../errors.js'
import { emitEvent } from '../events.js'
import type { Answer, AnySession, Done } from '../express-session/api/loose-types.js'
import { Store } from '../express-session/api/store.js'
import {
  compareAndSetRecords,
  UnreadableRecordError,
  type CompareAndSetRecords,
  type Text,
} from '../express-session/repositories/compare-and-set-records.js'
import { handleOf, idText } from '../express-session/repositories/session-id.js'
import { sessionIndex, type SessionIndex } from '../express-session/users/session-index.js'
import { parseDeadline } from '../options/duration.js'
import { rejectCommonMistake } from '../options/common-mistakes.js'
import { givesBytes, type AnyClient, type RedisClient } from '../stores/redis/client.js'
import { shardsOf } from '../stores/redis/shards.js'
import { isUserKey } from '../stores/redis/user-key.js'
import { callbackOrPromise } from './callback-or-promise.js'
import { useFullClient, type FullClient } from './full-client.js'
import { methodRecords } from './method-records.js'
import { minimalClientOf } from './minimal-client.js'
import { storeFields, type RedisStoreOptions, type Serializer, type StoreFields } from './options.js'
import type { Records } from './records.js'
import { sessionCodec, type SessionCodec } from './session-codec.js'

export type { RedisStoreOptions, Serializer } from './options.js'

const keysPerCall = 100

/** Replaced, in a subclass or on the store, by applications that intercept the calls of the middleware. */
const replaceable = ['get', 'set', 'touch', 'destroy'] as const

class RedisStore extends Store implements StoreFields {
  readonly client: AnyClient
  declare prefix: string
  declare scanCount: number
  declare serializer: Serializer
  declare ttl: number | ((session: AnySession) => number)
  declare disableTouch: boolean
  declare disableTTL: boolean
  declare maxBytes: number
  readonly #operations: Operations
  readonly #codec: SessionCodec
  readonly #records: Records
  readonly #full: FullClient | undefined

  /** @throws InvalidOptionError when an option cannot work. */
  constructor(options: RedisStoreOptions) {
    super()
    rejectCommonMistake('options', options, { client: 'pass { client }' })
    const { client, deadline }: Partial<RedisStoreOptions> = options ?? {}
    rejectCommonMistake('client', client, {
      store: 'pass the Redis client',
      'callback-store': 'pass the Redis client that it has',
    })
    this.client = client
    Object.assign(this, storeFields(options ?? {}))
    const deadlineMs = parseDeadline(deadline ?? '1s')
    const shardOf = shardsOf(client)
    const breakers = new CircuitBreakers(deadlineMs, shardOf && ((id) => shardOf(this.prefix + id)))
    this.#operations = plainOperations({ deadlineMs, breakers })
    const minimal = minimalClientOf(client)
    this.#codec = sessionCodec(this, minimal === undefined && givesBytes(client))
    if (minimal !== undefined) this.#records = methodRecords(minimal, this)
    else {
      this.#full = useFullClient(client as RedisClient, this.#operations, this, this.#codec, () => this.#ids())
      this.#records = this.#full.records
    }
  }

  /** The session with this id; `null` if there is none, or none that can be read. */
  override get(id: string, callback?: Answer<AnySession>): Promise<AnySession> {
    return callbackOrPromise(callback, async () => this.#parse(id, await this.#callFor(id, this.#records.find)))
  }

  /** Stores a session, whether or not there is one. Destroys it if it has expired. */
  override set(id: string, session: AnySession, callback?: Done): Promise<void> {
    return callbackOrPromise<void>(callback, async () => {
      if (idText(id) === undefined)
        throw new InvalidArgumentError('The session cannot be stored: its id cannot be converted to a string.')
      const encoded = this.#codec.encode(session) // before the call: its errors say nothing about the server
      await this.#callFor(id, (sessionId) => this.#records.set(sessionId, encoded))
    })
  }

  /** Extends the session to the expiry of its cookie, without storing the session. */
  override touch(id: string, session: AnySession, callback?: Done): Promise<void> {
    return callbackOrPromise<void>(callback, async () => {
      if (this.disableTouch || this.disableTTL) return
      const seconds = this.#codec.secondsOf(session)
      await this.#callFor(id, (sessionId) => this.#records.expire(sessionId, seconds))
    })
  }

  override destroy(id: string, callback?: Done): Promise<void> {
    return callbackOrPromise<void>(callback, () => this.#callFor(id, this.#records.remove))
  }

  /** Destroys all sessions. */
  override clear(callback?: Done): Promise<void> {
    return callbackOrPromise<void>(callback, async () => {
      await this.#forAll(this.#records.remove, this.#names())
    })
  }

  /** The number of sessions. */
  override length(callback?: Answer<AnySession>): Promise<number> {
    return callbackOrPromise<number>(callback, async () => (await this.#ids()).length)
  }

  ids(callback?: Answer<AnySession>): Promise<string[]> {
    return callbackOrPromise<string[]>(callback, () => this.#ids())
  }

  /** All sessions that can be read, each with its `id`. */
  override all(callback?: Answer<AnySession>): Promise<AnySession[]> {
    return callbackOrPromise(callback, async () => {
      const sessions: object[] = []
      const records = await this.#forAll(async (id) => ({ id, found: await this.#records.find(id) }))
      for (const { id, found } of records) {
        const session = await this.#parse(id, found)
        if (session !== null) sessions.push(Object.assign(session, { id }))
      }
      return sessions
    })
  }

  /** @internal */
  [compareAndSetRecords](): CompareAndSetRecords | undefined {
    return replaceable.every((method) => this[method] === originalMethods[method]) ? this.#full?.records : undefined
  }

  /** @internal */
  [sessionIndex](): SessionIndex | undefined {
    return this[compareAndSetRecords]() && this.#full?.index
  }

  /** Makes one call to the server, with its own deadline. */
  #call<Value>(call: () => Promise<Value>, session?: string): Promise<Value> {
    return this.#operations.run((operation) => operation.call(call, session))
  }

  /** Makes one call about a session. No session has an id that cannot be converted to a string. */
  async #callFor<Value>(id: string, call: (sessionId: string) => Promise<Value>): Promise<Value | undefined> {
    const sessionId = idText(id)
    return sessionId === undefined ? undefined : this.#call(() => call(sessionId), sessionId)
  }

  /** Treats an unreadable record as absent. An error would fail every request of that visitor until the key is removed. */
  async #parse(id: string, found: { readonly text: Text } | undefined): Promise<object | null> {
    if (found === undefined) return null
    try {
      return await this.#codec.parse(found.text)
    } catch (error) {
      if (!(error instanceof UnreadableRecordError)) throw error
      emitEvent('record-unreadable', { handle: handleOf(id), reason: 'corrupt' })
      return null
    }
  }

  async #ids(): Promise<string[]> {
    return (await this.#names()).filter((name) => !isUserKey(name))
  }

  /** What follows the prefix in all keys: the ids of sessions, and the indexes of users. */
  async #names(): Promise<string[]> {
    return (await this.#records.findKeys((call) => this.#call(call))).map((key) => key.slice(this.prefix.length))
  }

  /** Acts on all sessions, many in one round trip, but each with its own command, as a Cluster requires. */
  async #forAll<Value>(act: (id: string) => Promise<Value>, names = this.#ids()): Promise<Value[]> {
    const ids = await names
    const results: Value[] = []
    while (ids.length > 0) {
      const some = ids.splice(0, keysPerCall)
      results.push(...(await this.#call(() => Promise.all(some.map((id) => act(id))))))
    }
    return results
  }
}

const originalMethods = Object.fromEntries(replaceable.map((method) => [method, RedisStore.prototype[method]]))

/** Calling it returns the class, as the module of connect-redis did before version 7. */
type CallableClass = typeof RedisStore & ((session?: unknown) => typeof RedisStore)

/**
 * Keeps the sessions of express-session, the original or ours, and of @fastify/session in Redis or Valkey. Keys and text are those of
 * connect-redis, so both can run on the same sessions.
 *
 * Each method takes a Node callback or returns a promise. It fails with `StoreUnavailableError` within the deadline, however long the
 * client would wait.
 */
const CallableRedisStore: CallableClass = new Proxy(RedisStore as CallableClass, { apply: () => CallableRedisStore })
type CallableRedisStore = RedisStore
RedisStore.prototype.constructor = CallableRedisStore

export { CallableRedisStore as RedisStore }
