import type { Operations } from '../engine/operations.js'
import { performance } from '../engine/timers.js'
import type {
  CompareAndSetRecords,
  Encoded,
  StoredText,
  Text,
} from '../express-session/repositories/compare-and-set-records.js'
import { withPrefix } from '../express-session/repositories/session-id.js'
import type { RedisClient } from '../stores/redis/client.js'
import type { RedisCommands } from '../stores/redis/commands.js'
import { chooseWay } from '../stores/redis/compare-and-set-way.js'
import { vouchesAtOnce } from '../stores/redis/vouched-send.js'
import { knownExpiries } from './known-expiries.js'
import type { StoreFields } from './options.js'
import { recordReads } from './record-reads.js'
import type { Records } from './records.js'
import { asNumber, isText } from './replies.js'
import { scanKeys } from './scan-keys.js'
import { recordScripts } from './scripts.js'
import type { SessionCodec } from './session-codec.js'

/** How many bytes a text may grow and still be stored when memory is full: removing a value such as `1` writes `null`. */
const growthByNull = 3

/** Records through commands and scripts that compare and set atomically. */
export function scriptRecords(
  client: RedisClient,
  commands: RedisCommands,
  operations: Operations,
  fields: StoreFields,
  codec: SessionCodec,
): Records & CompareAndSetRecords {
  const keyOf = (id: unknown): string => withPrefix(fields.prefix, id)
  const way = chooseWay(commands.send, vouchesAtOnce(client) ? 'commands' : 'scripts')
  const scripts = recordScripts(commands, way, keyOf)
  const expiries = knownExpiries()
  const read = recordReads({ client, commands, scripts, expiries, keyOf })

  function isNeverTouched(): boolean {
    return fields.disableTouch || fields.disableTTL
  }

  function parametersOf({ text, seconds }: Encoded): readonly [Text, ...string[]] {
    return fields.disableTTL ? [text] : [text, 'EX', String(seconds)]
  }

  function stored(key: string, { text, seconds }: Encoded): StoredText {
    return { text, endsAt: expiries.learn(key, fields.disableTTL ? Infinity : seconds * 1000) }
  }

  async function remove(id: unknown): Promise<void> {
    expiries.forget(keyOf(id))
    await scripts.remove(id)
  }

  async function removeExpired(id: unknown, { text }: Encoded): Promise<StoredText> {
    await remove(id)
    return { text, endsAt: performance.now() }
  }

  function load(id: unknown): Promise<StoredText | undefined> {
    return read(id, !isNeverTouched())
  }

  /** Resolves to whether there is such a record. */
  async function expire(id: unknown, seconds: number): Promise<boolean> {
    const key = keyOf(id)
    // Known at once, so that requests that come before the reply do not do the same.
    expiries.learn(key, seconds * 1000)
    let count = Number.NaN
    try {
      count = asNumber(await commands.send(key, ['EXPIRE', key, String(seconds)]))
    } finally {
      if (count !== 1) expiries.forget(key)
    }
    if (Number.isNaN(count)) throw commands.unexpectedReply('EXPIRE', key)
    return count === 1
  }

  return {
    operations,
    encode: codec.encode,
    parse: codec.parse,
    get isJson() {
      return fields.serializer === JSON
    },
    load,
    find: (id) => read(id, false),
    expire,
    remove,
    findKeys: (call) => scanKeys(client, call, fields.prefix, fields.scanCount),

    async set(id, encoded) {
      if (encoded.seconds === 0) return removeExpired(id, encoded)
      const key = keyOf(id)
      await way.ensure(key)
      const reply = await commands.send(key, ['SET', key, ...parametersOf(encoded)])
      if (!isText(reply) || String(reply) !== 'OK') throw commands.unexpectedReply('SET', key)
      return stored(key, encoded)
    },

    async replace(id, expected, encoded) {
      if (encoded.seconds === 0) return { status: 'replaced', ...(await removeExpired(id, encoded)) }
      const grows = Buffer.byteLength(encoded.text) - Buffer.byteLength(expected) > growthByNull
      const reply = await scripts.replace(id, { expected, value: parametersOf(encoded), grows })
      return reply.status === 'replaced' ? { ...reply, ...stored(keyOf(id), encoded) } : reply
    },

    // With an expiry in the past the key is gone for every reader, in the same step.
    async removeText(id, expected) {
      expiries.forget(keyOf(id))
      const { status } = await scripts.replace(id, { expected, value: ['', 'PXAT', '1'], grows: false })
      return status === 'replaced' ? 'removed' : status
    },

    async touch(id, session) {
      if (isNeverTouched()) return (await load(id)) !== undefined
      return expire(id, codec.secondsOf(session))
    },

    // Not before a tenth of its lifetime is over, so that reading a session rarely writes.
    isDue(session, endsAt) {
      if (isNeverTouched()) return false
      const wholeMs = codec.secondsOf(session) * 1000
      return Math.abs(wholeMs - (endsAt - performance.now())) > wholeMs / 10
    },
  }
}
