import { newVersion, type UserJournal } from '../../store.js'
import type { RedisCommands } from './commands.js'
import { defineScript } from './script.js'
import type { ServerClock } from './server-clock.js'
import { digestOfUser } from './user-key.js'

/**
 * Adds an entry to a sorted set, scored by the time in ms at which it is to go.
 *
 * Takes the nonce, the entry, the present time, how long to keep it in ms, and how many to keep.
 */
const appendScript = defineScript(`
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[3])
redis.call('ZADD', KEYS[1], ARGV[3] + ARGV[4], ARGV[2])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - ARGV[5])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return {ARGV[1]}
`)

/** Replies with the nonce and the entries that are still to be kept, the latest first. */
const readScript = defineScript(`return {ARGV[1], redis.call('ZREVRANGEBYSCORE', KEYS[1], '+inf', '(' .. ARGV[2])}`)

const clearScript = defineScript(`return {ARGV[1], redis.call('DEL', KEYS[1])}`)

/** The journals of users in Redis, at `<prefix>journal:<digest>`. */
export function userJournal({ runScript }: RedisCommands, prefix: string, clock: ServerClock): UserJournal {
  const keyOf = (userId: string): string => `${prefix}journal:${digestOfUser(userId)}`

  return {
    async append(userId, entry, keepMs, most) {
      const nonce = newVersion()
      const parameters = [nonce, entry, String(clock.now()), String(Math.ceil(keepMs)), String(most)]
      await runScript(appendScript, keyOf(userId), nonce, parameters)
    },
    async read(userId) {
      const nonce = newVersion()
      const [entries] = await runScript(readScript, keyOf(userId), nonce, [nonce, String(clock.now())])
      return Array.isArray(entries) ? entries.map(String) : []
    },
    async clear(userId) {
      const nonce = newVersion()
      await runScript(clearScript, keyOf(userId), nonce, [nonce])
    },
  }
}
