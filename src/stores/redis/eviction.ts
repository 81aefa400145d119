import type { Send } from './client.js'

/**
 * Looks at what the server does when its memory is full, and says so where that ends sessions which are in use, because they are any
 * keys. (ST-15) Asks the node of this key. Never fails: a server that does not let this user ask is not asked.
 */
export async function warnOfEviction(send: Send, key: string): Promise<void> {
  const reply = await send(key, ['INFO', 'memory']).catch(() => undefined)
  const [, policy] = /^maxmemory_policy:(allkeys-[\w-]+)/m.exec(String(reply)) ?? []
  if (policy === undefined) return
  process.emitWarning(
    `Redis signs visitors out when its memory is full, whichever it likes (maxmemory-policy ${policy}): set noeviction, or ` +
      'volatile-ttl on an instance of its own. See docs/what-is-in-redis.md.',
    { code: 'SESSERA_REDIS_EVICTION' },
  )
}
