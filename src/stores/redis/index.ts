import { InvalidOptionError, RecordMismatchError, StoreRefusedError } from '../../errors.js'
import { checkOptionNames, refuseMistaken } from '../../options/names.js'
import {
  newHandle,
  newVersion,
  type Handle,
  type ReplaceResult,
  type SessionStore,
  type StoredRecord,
} from '../../store.js'
import { isWrongType, type RedisClient, type Send } from './client.js'
import { serverClock, systemClock, type LocalClock } from './clock.js'
import { unexpectedReply } from './replies.js'
import {
  alsoWhenFull,
  removeScript,
  replaceScript,
  replaceWhenFullScript,
  runScriptAbout,
  type Script,
} from './scripts.js'
import { serverOf, type Server } from './server.js'
import { shardsOf } from './shards.js'

export type { RedisClient } from './client.js'

/** Options of `redisStore`. */
export interface RedisStoreOptions {
  /**
   * The application's own client. It is neither changed, nor connected, nor closed; only where its server turns out to be a
   * read-only replica, or its replies have come out of step, it is made to connect again.
   */
  readonly client: RedisClient
  /**
   * What the keys begin with; default `'sessera:'`. Applications that share a server need different ones. One or more
   * visible ASCII characters except `* ? [ ] { } \`.
   */
  readonly prefix?: string
  /** @internal */
  readonly localClock?: LocalClock
}

/**
 * Keeps sessions in Redis 6.2 or Valkey 7.2 and later, shared by every process that uses the same server and prefix.
 *
 * ```ts
 * const client = createClient({ url: process.env.REDIS_URL })
 * client.on('error', console.error) // without a listener, node-redis ends the process when a connection breaks
 * client.connect().catch(console.error) // not awaited: the application starts without Redis, too
 * const store = redisStore({ client, prefix: 'shop:' }) // a prefix for each application
 * ```
 *
 * A session is one string at `<prefix><handle>`: its version, a space, the text. It always has an expiry. Reading it is
 * a `GET`, making it a `SET NX PX`, changing and removing it one script each; all of them go to masters. (A standalone
 * valkey-glide client must not have a `readFrom` that allows replicas; that cannot be seen from here.)
 *
 * The user needs `+get +set +getrange +exists +del +eval +evalsha` on the prefix, and `+time`. Without `+time` the
 * local clocks are used, which must then agree on all backends. With `+info` the store can warn of a server that evicts sessions in use.
 *
 * Calls reject with `StoreRefusedError` where the server says why it does not do something, `StoreFullError` where its memory is
 * full, `RecordMismatchError` where the answer is one about another session, `StoreUnavailableError` with a `reason` where the client
 * has no connection or waits in vain, else with the client's own error. They wait as long as the client does; deadlines are the
 * caller's.
 *
 * @throws InvalidOptionError if `client` is none of the clients named at `RedisClient`, if it puts a prefix of its own
 * before keys or reads from replicas (ioredis), or if `prefix` has other characters.
 */
export function redisStore(options: RedisStoreOptions): SessionStore {
  checkOptionNames('options', options, ['client', 'prefix', 'localClock'], { client: 'pass { client }' })
  const { client, prefix = 'sessera:', localClock = systemClock } = options
  checkPrefix(prefix)
  refuseMistaken('client', client, {
    store: 'pass the Redis client, or use that store as it is',
    'callback-store': 'pass the Redis client that it has',
  })
  const { send: sendNow, reconnect, doubt, needScripts } = serverOf(client)
  const keyOf = (handle: Handle): string => `${prefix}${handle}`
  const shardOf = shardsOf(client)
  const askAny = <Answer>(ask: (key: string) => Promise<Answer>): Promise<Answer> =>
    shardOf === undefined ? ask(prefix) : anyAnswer(Array.from({ length: 4 }, () => ask(keyOf(newHandle()))))
  const clock = serverClock(() => askAny((key) => sendNow(key, ['TIME'])), localClock)
  clock.refresh()

  // TIME, when it is due, goes out before the command and in the same tick: it costs no further round trip, and its
  // answer is there first.
  const send: Send = (key, command) => {
    clock.refresh()
    return sendNow(key, command)
  }
  const server: Server = { send, reconnect, doubt, needScripts }

  /** Without scripts what is there can still be read; whatever would store something says so. */
  async function ready(): Promise<void> {
    const scripts = askAny(needScripts).catch((error: unknown) => {
      if (!(error instanceof StoreRefusedError)) throw error
    })
    await Promise.all([clock.ready(), scripts])
  }

  async function load(handle: Handle): Promise<StoredRecord | undefined> {
    const key = keyOf(handle)
    try {
      const value = await send(key, ['GET', key])
      if (value === null) return undefined
      if (typeof value === 'string') return readValue(value, key)
    } catch (error) {
      if (isWrongType(error)) return unreadable
      throw error
    }
    throw doubtful('GET', key)
  }

  async function replace(
    handle: Handle,
    expected: string,
    text: string,
    lifetimeMs: number,
    script: Script,
  ): Promise<ReplaceResult> {
    if (!(lifetimeMs > 0)) return { status: 'gone' }
    const version = newVersion()
    const parameters = [`${expected} `, `${version} ${text}`, expiry(lifetimeMs)]
    const [status, value] = await runScriptAbout(version, server, script, keyOf(handle), parameters)
    switch (String(status)) {
      case '0':
        return { status: 'gone' }
      case '1':
        return { status: 'replaced', version }
      case '2':
        return { status: 'changed', current: typeof value === 'string' ? recordIn(value) : unreadable }
      default:
        throw unexpectedReply('a script')
    }
  }

  /** For a reply that may be one to another call. */
  function doubtful(command: string, key: string): Error {
    doubt(key)
    return unexpectedReply(command)
  }

  /** What is no value of ours may be the reply to something else. */
  function readValue(value: string, key: string): StoredRecord {
    const record = recordIn(value)
    if (record.version === '') doubt(key)
    if (/^(?:OK|PONG|QUEUED)$/.test(value)) throw new RecordMismatchError()
    return record
  }

  return {
    atomicity: 'store',
    now: clock.now,
    ready,
    load,

    async insert(handle, text, lifetimeMs) {
      if (!(lifetimeMs > 0)) return undefined
      const key = keyOf(handle)
      const version = newVersion()
      await needScripts(key)
      const reply = await send(key, ['SET', key, `${version} ${text}`, 'NX', 'PX', expiry(lifetimeMs)])
      if (reply === 'OK') return version
      if (reply !== null) throw doubtful('SET', key)
      // The handle may be taken by this very call, which a client re-sends when its connection breaks before the reply.
      return (await load(handle))?.version === version ? version : undefined
    },

    replace: (handle, expected, text, lifetimeMs) => replace(handle, expected, text, lifetimeMs, replaceScript),

    renew: (handle, expected, text, lifetimeMs) =>
      alsoWhenFull(
        () => replace(handle, expected, text, lifetimeMs, replaceScript),
        () => replace(handle, expected, text, lifetimeMs, replaceWhenFullScript),
      ),

    async remove(handle, expected) {
      const about = newVersion()
      const parameters = expected === undefined ? [about] : [about, `${expected} `]
      const [status] = await runScriptAbout(about, server, removeScript, keyOf(handle), parameters)
      switch (String(status)) {
        case '0':
          return 'gone'
        case '1':
          return 'removed'
        case '2':
          return 'changed'
        default:
          throw unexpectedReply('a script')
      }
    },

    ...(shardOf === undefined ? {} : { shardOf: (handle: Handle) => shardOf(keyOf(handle)) }),

    // The record may merely have been put in the wrong place.
    reportMismatch: (handle) => doubt(keyOf(handle)),

    async close() {},
  }
}

/** Of a Cluster any master will do, and one of them may be down. */
async function anyAnswer<Answer>(answers: readonly Promise<Answer>[]): Promise<Answer> {
  try {
    return await Promise.any(answers)
  } catch (error) {
    throw error instanceof AggregateError ? error.errors[0] : error
  }
}

const valueGrammar = /^([A-Za-z0-9_-]{11}) /

/** What is handed over for a key of another type. */
const unreadable: StoredRecord = { text: '', version: '' }

function recordIn(value: string): StoredRecord {
  const version = valueGrammar.exec(value)?.[1]
  return version === undefined ? { text: value, version: '' } : { text: value.slice(12), version }
}

/** For `PX`: whole milliseconds, at least 1, and never more than digits alone can say. */
function expiry(lifetimeMs: number): string {
  return String(Math.min(Math.ceil(lifetimeMs), Number.MAX_SAFE_INTEGER))
}

function checkPrefix(prefix: unknown): void {
  // Globs would widen a SCAN, braces would put all sessions into one slot of a cluster.
  if (typeof prefix === 'string' && /^[!-~]+$/.test(prefix) && !/[*?[\]{}\\]/.test(prefix)) return
  throw new InvalidOptionError('prefix', 'must be one or more visible ASCII characters except * ? [ ] { } \\')
}
