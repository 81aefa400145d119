import { emitEvent } from '../events.js'
import { CircuitBreakers } from '../engine/circuit-breakers.js'
import { plainOperations, type Operations } from '../engine/operations.js'
import { InvalidArgumentError } from '../errors.js'
import { givesBytes, type AnyClient, type RedisClient } from '../stores/redis/client.js'
import { refuseMistaken } from '../options/names.js'
import { redisCommands } from '../stores/redis/commands.js'
import { shardsOf } from '../stores/redis/shards.js'
import {
  atomicRecords,
  UnreadableRecordError,
  type AtomicRecords,
  type Text,
} from '../express-session/repositories/atomic-records.js'
import type { Answer, AnySession, Done } from '../express-session/api/foreign-types.js'
import { FewMethodsRecords, fewMethodsOf } from './few-methods.js'
import { handleOf, textOf } from '../express-session/repositories/handle.js'
import { RecordForm, type Serializer } from './record-form.js'
import { findKeys } from './keys.js'
import { RedisRecords, type RecordRules } from './records.js'
import { settingsOf, type RedisStoreOptions } from './options.js'
import { Store } from '../express-session/api/store.js'
import { nextTick } from '../engine/timers.js'

export type { Serializer } from './record-form.js'
export type { RedisStoreOptions } from './options.js'

const keysAtOnce = 100
const clientRules = { keyPrefix: true, bytes: true, others: ', or an object with get, set, expire and del' }

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
  maxBytes: number
  readonly #operations: Operations
  readonly #form: RecordForm
  readonly #records: RedisRecords | FewMethodsRecords

  /** @throws InvalidOptionError when an option cannot work. */
  constructor(options: RedisStoreOptions) {
    super()
    refuseMistaken('options', options, { client: 'pass { client }' })
    const { client }: Partial<RedisStoreOptions> = options ?? {}
    refuseMistaken('client', client, {
      store: 'pass the Redis client',
      'callback-store': 'pass the Redis client that it has',
    })
    const settings = settingsOf(options ?? {})
    this.client = client
    this.prefix = settings.prefix
    this.scanCount = settings.scanCount
    this.serializer = settings.serializer
    this.ttl = settings.ttl
    this.disableTouch = settings.disableTouch
    this.disableTTL = settings.disableTTL
    this.maxBytes = settings.maxBytes
    const shardOf = shardsOf(client)
    const { deadlineMs } = settings
    const breakers = new CircuitBreakers(deadlineMs, shardOf && ((id) => shardOf(this.prefix + id)))
    this.#operations = plainOperations({ deadlineMs, breakers })
    const few = fewMethodsOf(client)
    this.#form = new RecordForm(this, few === undefined && givesBytes(client))
    this.#records =
      few === undefined
        ? new RedisRecords(redisCommands(client as RedisClient, clientRules), this.#operations, this, this.#form)
        : new FewMethodsRecords(few, this)
  }

  /** The session of this id; `null` for one that is not there, or cannot be read. */
  override get(id: string, callback?: Answer<AnySession>): Promise<AnySession> {
    return answer(this.#get(id), callback)
  }

  /** Stores a session, whatever stood there; one whose life is over is destroyed. */
  override set(id: string, session: AnySession, callback?: Done): Promise<void> {
    return answer(this.#set(id, session), callback)
  }

  /** Lets a session live as long as its cookie says, without storing it. */
  override touch(id: string, session: AnySession, callback?: Done): Promise<void> {
    return answer(this.#touch(id, session), callback)
  }

  override destroy(id: string, callback?: Done): Promise<void> {
    return answer(this.#destroy(id), callback)
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
    const isAsIs = replaceable.every((method) => this[method] === own[method])
    return isAsIs && this.#records instanceof RedisRecords ? this.#records : undefined
  }

  /** One call to the server, as an operation of its own. */
  #call<Value>(call: () => Promise<Value>, session?: string): Promise<Value> {
    return this.#operations.run((operation) => operation.call(call, session))
  }

  /** What no key can be made of has no session. */
  async #get(id: unknown): Promise<AnySession> {
    if (textOf(id) === undefined) return null
    return this.#parse(id, await this.#call(() => this.#records.load(id), textOf(id)))
  }

  async #set(id: unknown, session: AnySession): Promise<void> {
    if (textOf(id) === undefined) throw new InvalidArgumentError('A session cannot be stored: its id has no text.')
    const encoded = this.#form.encode(session) // before the server is asked, as it is nothing of its
    await this.#call(async () => void (await this.#records.set(id, encoded)), textOf(id))
  }

  async #touch(id: unknown, session: AnySession): Promise<void> {
    if (this.disableTouch || this.disableTTL || textOf(id) === undefined) return
    const seconds = this.#form.secondsOf(session)
    await this.#call(async () => void (await this.#records.expire(id, seconds)), textOf(id))
  }

  async #destroy(id: unknown): Promise<void> {
    if (textOf(id) !== undefined) await this.#call(() => this.#records.remove(id), textOf(id))
  }

  /** What cannot be read is dropped: an error would come with each request of that visitor, until somebody removes the key. */
  async #parse(id: unknown, found: { readonly text: Text } | undefined): Promise<AnySession> {
    if (found === undefined) return null
    try {
      return await this.#form.parse(found.text)
    } catch (error) {
      if (!(error instanceof UnreadableRecordError)) throw error
      emitEvent('record-unreadable', { handle: handleOf(id), reason: 'corrupt' })
      return null
    }
  }

  async #ids(): Promise<string[]> {
    const keys =
      this.#records instanceof RedisRecords
        ? await findKeys(this.client as RedisClient, this.#operations, this.prefix, this.scanCount)
        : await this.#records.findKeys((call) => this.#call(call))
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
    for (const [id, found] of await this.#withAll((id) => this.#records.load(id))) {
      const session = (await this.#parse(id, found)) as object | null
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
