import { newVersion, type UserJournal } from '../../store.js'
import type { RedisCommands } from './commands.js'
import { defineScript } from './script.js'
import type { ServerClock } from './server-clock.js'
import { digestOfUser } from './user-key.js'

/**
 * Adds an entry to a sorted set, scored by its number: `<when it goes, in ms> <nonce> <text>`. Sent twice, it is added once.
 *
 * Takes the nonce, the entry, the present time, how long to keep it in ms, and how many to keep.
 */
const appendScript = defineScript(`
local number = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2] or 0
redis.call('ZADD', KEYS[1], 'NX', number + 1, ARGV[2])
local members = redis.call('ZRANGE', KEYS[1], 0, -1)
local kept = {}
for _, member in ipairs(members) do
  if tonumber(string.match(member, '^%d+') or 0) > tonumber(ARGV[3]) then
    kept[#kept + 1] = member
  else
    redis.call('ZREM', KEYS[1], member)
  end
end
for index = 1, #kept - ARGV[5] do redis.call('ZREM', KEYS[1], kept[index]) end
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[4]) then redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
return {ARGV[1]}
`)

/** Replies with the nonce and the entries, the latest first. */
const readScript = defineScript(`
local members = redis.call('ZRANGE', KEYS[1], 0, -1)
local latest = {ARGV[1]}
for index = #members, 1, -1 do latest[#latest + 1] = members[index] end
return latest
`)

const clearScript = defineScript(`return {ARGV[1], redis.call('DEL', KEYS[1])}`)

/** The journals of users in Redis, at `<prefix>journal:<digest>`. */
export function userJournal({ runScript }: RedisCommands, prefix: string, clock: ServerClock): UserJournal {
  const keyOf = (userId: string): string => `${prefix}journal:${digestOfUser(userId)}`

  return {
    async append(userId, text, keepMs, most) {
      if (!(keepMs > 0)) return
      const nonce = newVersion()
      const now = clock.now()
      const entry = `${Math.ceil(now + keepMs)} ${nonce} ${text}`
      const parameters = [nonce, entry, String(now), String(Math.ceil(keepMs)), String(most)]
      await runScript(appendScript, keyOf(userId), nonce, parameters)
    },
    async read(userId) {
      const nonce = newVersion()
      const entries = await runScript(readScript, keyOf(userId), nonce, [nonce])
      const now = clock.now()
      return entries
        .map(String)
        .filter((entry) => parseInt(entry, 10) > now)
        .map(textOf)
    },
    async clear(userId) {
      const nonce = newVersion()
      await runScript(clearScript, keyOf(userId), nonce, [nonce])
    },
  }
}

function textOf(entry: string): string {
  const end = entry.indexOf(' ', entry.indexOf(' ') + 1)
  return entry.slice(end + 1)
}
