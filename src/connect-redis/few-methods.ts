import { InvalidArgumentError } from '../errors.js'
import type { RedisClient } from '../stores/redis/client.js'
import { clientKind } from '../stores/redis/client-kind.js'
import type { Encoded, Text } from '../express-session/repositories/atomic-records.js'
import type { FewMethods } from '../express-session/api/foreign-types.js'
import { behind } from '../express-session/repositories/handle.js'
import { hasOwnMethods } from './own-methods.js'
import { textIn } from './record-form.js'
import { escapeGlob } from './keys.js'

/** Where records stand. Looked at with each call. */
interface Place {
  readonly prefix: string
  readonly scanCount: number
  readonly disableTTL: boolean
}

const needed = ['get', 'set', 'expire', 'del'] as const

/**
 * The client, where it is to be asked by its own few methods: it has no other (a mock, one made by hand), or they are not those of its
 * library. `undefined` for all others.
 */
export function fewMethodsOf(client: RedisClient | FewMethods): FewMethods | undefined {
  const has = (method: string): boolean =>
    typeof (client as Partial<Record<string, unknown>> | null | undefined)?.[method] === 'function'
  if (!needed.every(has) || has('internal_send_command')) return undefined
  return clientKind(client) !== undefined && !hasOwnMethods(client) ? undefined : (client as FewMethods)
}

/** The records of `RedisStore` by the methods of such a client. None of them compares and sets. */
export class FewMethodsRecords {
  readonly #client: FewMethods
  readonly #place: Place

  constructor(client: FewMethods, place: Place) {
    this.#client = client
    this.#place = place
  }

  async load(id: unknown): Promise<{ readonly text: Text } | undefined> {
    const stored = (await this.#client.get(this.#keyOf(id))) as string | Buffer | null | undefined
    return stored ? { text: textIn(stored) } : undefined
  }

  async set(id: unknown, { text, seconds }: Encoded): Promise<void> {
    if (seconds === 0) return this.remove(id)
    await this.#client.set(this.#keyOf(id), text, ...(this.#place.disableTTL ? [] : this.#expiryIn(seconds)))
  }

  async expire(id: unknown, seconds: number): Promise<void> {
    await this.#client.expire(this.#keyOf(id), seconds)
  }

  async remove(id: unknown): Promise<void> {
    await this.#client.del([this.#keyOf(id)])
  }

  /** Every key that begins with the prefix, each once. `step` makes each call. */
  async findKeys(step: <Value>(call: () => Promise<Value>) => Promise<Value>): Promise<string[]> {
    const { prefix } = this.#place
    const found = this.#scan()
    const iterator = Symbol.asyncIterator in found ? found[Symbol.asyncIterator]() : found[Symbol.iterator]()
    const keys = new Set<string>()
    for (;;) {
      const { done, value } = await step(async () => (await iterator.next()) as IteratorResult<unknown, unknown>)
      if (done) return [...keys]
      // Version 4 of node-redis gives one at a time.
      for (const key of [value].flat().map(String)) if (key.startsWith(prefix)) keys.add(key)
    }
  }

  #scan(): AsyncIterable<unknown> | Iterable<unknown> {
    const { prefix, scanCount: count } = this.#place
    const match = `${escapeGlob(prefix)}*`
    if (this.#isIoredis()) return this.#client.scanStream?.({ match, count }) as AsyncIterable<unknown>
    if (typeof this.#client.scanIterator === 'function')
      return this.#client.scanIterator({ MATCH: match, COUNT: count }) as AsyncIterable<unknown>
    throw new InvalidArgumentError(
      'Sessions cannot be listed: the client given to RedisStore has no method scanIterator.',
    )
  }

  #expiryIn(seconds: number): unknown[] {
    return this.#isIoredis() ? ['EX', seconds] : [{ expiration: { type: 'EX', value: seconds } }]
  }

  #isIoredis(): boolean {
    return typeof this.#client.scanStream === 'function'
  }

  #keyOf(id: unknown): string {
    return behind(this.#place.prefix, id)
  }
}
