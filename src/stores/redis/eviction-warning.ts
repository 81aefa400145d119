import type { Send } from './client.js'
import { warnOnce } from './warn-once.js'

/**
 * Passes commands on. After the first reply, checks the eviction policy of the server (of a Cluster, one node) and warns if it evicts
 * sessions in use. Does nothing if this user may not run `INFO`.
 */
export function warnOfEviction(send: Send): Send {
  let isAsked = false

  async function ask(key: string): Promise<void> {
    if (isAsked) return
    isAsked = true
    const [, policy] = /^maxmemory_policy:(allkeys-[\w-]+)/m.exec(String(await send(key, ['INFO', 'memory']))) ?? []
    if (policy === undefined) return
    warnOnce(
      `Redis evicts sessions in use when its memory is full (maxmemory-policy ${policy}), which signs visitors out: set noeviction, or ` +
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
