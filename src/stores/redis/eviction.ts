import type { Send } from './client.js'
import { warnOnce } from './warn-once.js'

/**
 * Looks at what the server does when its memory is full, and says so where that ends sessions which are in use, because they are any
 * keys. (ST-15) Of a Cluster one node is asked. Never fails: of a server that does not let this user ask nothing is said.
 */
export async function warnOfEviction(send: Send, key: string): Promise<void> {
  const policy = await policyOf(send, key)
  if (!policy?.startsWith('allkeys-')) return
  warnOnce(
    `Redis signs visitors out when its memory is full, whichever it likes (maxmemory-policy ${policy}): set noeviction, or ` +
      'volatile-ttl on an instance of its own. See docs/what-is-in-redis.md.',
    'SESSERA_REDIS_EVICTION',
  )
}

async function policyOf(send: Send, key: string): Promise<string | undefined> {
  try {
    return /^maxmemory_policy:([\w-]+)/m.exec(String(await send(key, ['INFO', 'memory'])))?.[1]
  } catch {
    return undefined
  }
}
