import type { Send } from './client.js'
import { warnOnce } from './warn-once.js'

/**
 * Passes commands on. After the first reply it asks the server (of a Cluster, one node) what it does when its memory is full, and warns
 * if it would evict sessions in use. Says nothing if this user may not ask.
 */
export function warnOfEviction(send: Send): Send {
  let isAsked = false

  async function ask(key: string): Promise<void> {
    if (isAsked) return
    isAsked = true
    const [, policy] = /^maxmemory_policy:(allkeys-[\w-]+)/m.exec(String(await send(key, ['INFO', 'memory']))) ?? []
    if (policy === undefined) return
    warnOnce(
      `Redis signs visitors out when its memory is full, whichever it likes (maxmemory-policy ${policy}): set noeviction, or ` +
        'volatile-ttl on an instance of its own. See docs/what-is-in-redis.md.',
      'SESSERA_REDIS_EVICTION',
    )
  }

  return (key, command) => {
    const reply = send(key, command)
    if (!isAsked) reply.then(() => ask(key)).catch(() => {})
    return reply
  }
}
