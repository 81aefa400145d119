import { InvalidOptionError, StoreFullError, StoreRefusedError } from '../../errors.js'
import { checkOptionNames } from '../../options/check-option-names.js'
import { rejectCommonMistake } from '../../options/common-mistakes.js'
import { newVersion, type Handle, type SessionStore, type StoredRecord } from '../../store.js'
import { redisAnnouncements } from './announcements.js'
import type { RedisClient } from './client.js'
import { redisCommands } from './commands.js'
import { chooseWay } from './compare-and-set-way.js'
import { nativeWrites } from './native-writes.js'
import { scriptedWrites } from './scripted-writes.js'
import { clocksOfMasters } from './clocks-of-masters.js'
import { serverClock, systemClock, type LocalClock } from './server-clock.js'
import { recordReads } from './record-reads.js'
import { onAnyMaster, shardsOf } from './shards.js'
import { encodeValue, expiryOf } from './stored-value.js'
import { listSessions } from './list-sessions.js'
import { userIndex } from './user-index.js'
import { userJournal } from './user-journal.js'

export type { RedisClient } from './client.js'

/** Options of `redisStore`. */
export interface RedisStoreOptions {
  /**
   * The application's own client. It is not changed, connected or closed, with one exception: if its server turns out to be a
   * read-only replica, or a connection delivers replies to the wrong requests, it is made to reconnect. The connection of ioredis collects the
   * commands of one turn of the event loop, after the first.
   */
  readonly client: RedisClient
  /**
   * The prefix of all keys; default `'sessera:'`. Applications that share a server need different prefixes. One or more
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
 * client.connect().catch(console.error) // not awaited: the application also starts without Redis
 * const store = redisStore({ client, prefix: 'shop:' }) // one prefix for each application
 * ```
 *
 * A session is one string at `<prefix><handle>`: its version, a space, the text. It always has an expiry. Reading is a `GET`, creating
 * a `SET NX PX`, changing and removing one script each; all of them go to masters. Sessions that are read at the same moment share an
 * `MGET`, except in a Cluster. (A standalone valkey-glide client must not have a `readFrom` that allows replicas; the store cannot see that.)
 * Where the server runs no scripts, `SET` with `IFEQ` does the same, on Redis 8.4, Valkey 8.1 and later.
 *
 * The user needs `+get +set +getrange +exists +del +eval +evalsha` on the prefix, and `+time`. Without `+time` the store uses the
 * local clocks, which must then agree on all backends. For users, it needs `+zadd +zscore +zcard +zrange +zscan +zrem +zremrangebyscore +pttl
 * +pexpire`, for lists `+scan`. Without scripts, it needs `+echo` instead of `+getrange +exists +eval +evalsha +zrange +pttl`. With `+info` it can
 * warn about a server that evicts sessions in use.
 *
 * Calls reject with `StoreRefusedError` if the server gives a known reason, `StoreFullError` if its memory is full,
 * `RecordMismatchError` if the reply is about another session, `StoreUnavailableError` with a `reason` if the client has no connection
 * or timed out, otherwise with the client's own error. They wait as long as the client does; the caller sets deadlines.
 *
 * @throws InvalidOptionError if `client` is none of the clients named at `RedisClient`, if it adds a prefix of its own to keys or reads
 * from replicas (ioredis), or if `prefix` has other characters.
 */
export function redisStore(options: RedisStoreOptions): SessionStore {
  checkOptionNames('options', options, ['client', 'prefix', 'localClock'], { client: 'pass { client }' })
  const { client, prefix = 'sessera:', localClock = systemClock } = options
  checkPrefix(prefix)
  rejectCommonMistake('client', client, {
    store: 'pass the Redis client, or use that store as it is',
    'callback-store': 'pass the Redis client that it has',
  })
  const commands = redisCommands(client)
  const { send, checkConnection, unexpectedReply } = commands
  const way = chooseWay(send, 'scripts')
  const writes = { scripts: scriptedWrites(commands), commands: nativeWrites(commands) }
  const shardOf = shardsOf(client)
  const clock = serverClock(() => onAnyMaster(client, prefix, (key) => send(key, ['TIME'])), localClock)
  clock.refresh()
  const announcements = redisAnnouncements(client, commands, prefix)
  const read = recordReads(client, commands, clock.refresh)

  /**
   * The key of a session. Each write begins here, so this also asks for the server's time when that is due: sent in the same tick
   * before the command, it costs no extra round trip, and its reply arrives first.
   */
  function keyOf(handle: Handle): string {
    clock.refresh()
    return prefix + handle
  }

  /** Where nothing can be compared and set, stored sessions can still be read, so only writes reject. */
  async function ready(): Promise<void> {
    const ensured = onAnyMaster(client, prefix, way.ensure).catch((error: unknown) => {
      if (!(error instanceof StoreRefusedError || error instanceof StoreFullError)) throw error
    })
    await Promise.all([clock.ready(), ensured])
  }

  function load(handle: Handle): Promise<StoredRecord | undefined> {
    return read(prefix + handle)
  }

  function writeBy(verb: 'replace' | 'renew'): SessionStore['replace'] {
    return (handle, expected, text, lifetimeMs) => {
      if (!(lifetimeMs > 0)) return Promise.resolve({ status: 'gone' })
      const key = keyOf(handle)
      const replacement = { expected, version: newVersion(), text, expiry: expiryOf(lifetimeMs) }
      return way.run(key, (chosen) => writes[chosen][verb](key, replacement))
    }
  }

  return {
    kind: 'redis',
    atomicity: 'store',
    now: clock.now,
    ready,
    load,

    async insert(handle, text, lifetimeMs) {
      if (!(lifetimeMs > 0)) return undefined
      const key = keyOf(handle)
      const version = newVersion()
      // Not awaited in vain: what is called next, in the same tick, is sent after this.
      if (!way.isKnown) await way.ensure(key)
      const reply = await send(key, ['SET', key, encodeValue(version, text), 'NX', 'PX', expiryOf(lifetimeMs)])
      if (reply === 'OK') return version
      if (reply !== null) throw unexpectedReply('SET', key)
      // This very call may have taken the handle: a client re-sends it if its connection breaks before the reply.
      return (await load(handle))?.version === version ? version : undefined
    },

    replace: writeBy('replace'),
    renew: writeBy('renew'),

    remove(handle, expected) {
      const key = keyOf(handle)
      return way.run(key, (chosen) => writes[chosen].remove(key, expected))
    },

    users: userIndex(client, commands, {
      prefix,
      way,
      clockOf: shardOf === undefined ? () => clock : clocksOfMasters(shardOf, send, localClock),
      monotonic: localClock.monotonic,
    }),

    journal: userJournal(commands, prefix, clock),

    list: listSessions(client, prefix),
    announcements,

    ...(shardOf === undefined ? {} : { shardOf: (handle: Handle) => shardOf(prefix + handle) }),

    // Only a check: the connection is fine if the record was stored under the wrong key.
    reportMismatch: (handle) => checkConnection(prefix + handle),

    async close() {
      announcements.close()
    },
  }
}

function checkPrefix(prefix: unknown): void {
  // Globs would widen a SCAN, braces would put all sessions into one slot of a Cluster.
  if (typeof prefix === 'string' && /^[!-~]+$/.test(prefix) && !/[*?[\]{}\\]/.test(prefix)) return
  throw new InvalidOptionError('prefix', 'must be one or more visible ASCII characters except * ? [ ] { } \\')
}
