import { InvalidArgumentError } from '../errors.js'
import type { MinimalClient } from '../express-session/api/loose-types.js'
import type { StoreFields } from './options.js'
import type { Records } from './records.js'
import { asText } from './replies.js'
import { escapeGlob } from './scan-keys.js'

/** Records through the client's `get`, `set`, `expire` and `del`. They have no compare-and-set. */
export function methodRecords(client: MinimalClient, fields: StoreFields): Records {
  const isIoredis = typeof client.scanStream === 'function'
  const keyOf = (id: string): string => fields.prefix + id

  function expiryIn(seconds: number): readonly unknown[] {
    if (fields.disableTTL) return []
    return isIoredis ? ['EX', seconds] : [{ expiration: { type: 'EX', value: seconds } }]
  }

  function scan(): AsyncIterable<unknown> | Iterable<unknown> {
    const { prefix, scanCount: count } = fields
    const match = `${escapeGlob(prefix)}*`
    if (isIoredis) return client.scanStream?.({ match, count }) as AsyncIterable<unknown>
    if (typeof client.scanIterator === 'function')
      return client.scanIterator({ MATCH: match, COUNT: count }) as AsyncIterable<unknown>
    throw new InvalidArgumentError(
      'Sessions cannot be listed: the client given to RedisStore has no scanIterator method.',
    )
  }

  const records: Records = {
    async find(id) {
      const stored = (await client.get(keyOf(id))) as string | Buffer | null | undefined
      return stored ? { text: asText(stored) } : undefined
    },

    async set(id, { text, seconds }) {
      if (seconds === 0) await records.remove(id)
      else await client.set(keyOf(id), text, ...expiryIn(seconds))
    },

    async expire(id, seconds) {
      await client.expire(keyOf(id), seconds)
    },

    async remove(id) {
      await client.del([keyOf(id)])
    },

    async findKeys(call) {
      const { prefix } = fields
      const found = scan()
      const iterator = Symbol.asyncIterator in found ? found[Symbol.asyncIterator]() : found[Symbol.iterator]()
      const keys = new Set<string>()
      for (;;) {
        const { done, value } = await call(async () => (await iterator.next()) as IteratorResult<unknown, unknown>)
        if (done) return [...keys]
        // node-redis 4 yields single keys, later versions lists.
        for (const key of [value].flat().map(String)) if (key.startsWith(prefix)) keys.add(key)
      }
    },
  }
  return records
}
