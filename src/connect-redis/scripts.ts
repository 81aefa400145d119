import { newVersion } from '../store.js'
import { RecordMismatchError } from '../errors.js'
import { emitEvent } from '../events.js'
import type { Text } from '../express-session/repositories/compare-and-set-records.js'
import { handleOf } from '../express-session/repositories/session-id.js'
import type { RedisCommands } from '../stores/redis/commands.js'
import { allowedWhenFull, defineScript, type Script } from '../stores/redis/script.js'
import { asNumber, asText, isText } from './replies.js'

// Each script takes a nonce that is unique to the call, and begins its reply with it. A connection that lost or doubled a reply delivers
// all later replies to the wrong calls, and a record does not name its session. (The id would not do, because a client may change its form.)

/** Replies `{nonce, text, ms left}`. The text is `false` if there is no record, and empty if the key does not hold a string. */
const readScript = defineScript(`
local text = redis.pcall('GET', KEYS[1])
if type(text) == 'table' then
  if not string.find(text.err, 'WRONGTYPE') then return text end
  text = ''
end
return {ARGV[1], text, redis.call('PTTL', KEYS[1])}
`)

/**
 * Takes the nonce, the SHA-1 of the expected text, the new text and, unless it never expires, `EX` and its lifetime in seconds.
 * Replies `{nonce, 1}` if the new text is stored, possibly by an earlier arrival of the same call; `{nonce, 0}` if there is no string;
 * `{nonce, 2, text, its SHA-1}` if another text is stored.
 */
const replaceScript = defineScript(`
local current = redis.pcall('GET', KEYS[1])
if not current then return {ARGV[1], 0} end
if type(current) ~= 'string' then
  if string.find(current.err, 'WRONGTYPE') then return {ARGV[1], 0} end
  return current
end
if current ~= ARGV[3] then
  local sha1 = redis.sha1hex(current)
  if sha1 ~= ARGV[2] then return {ARGV[1], 2, current, sha1} end
end
redis.call('SET', KEYS[1], unpack(ARGV, 3))
return {ARGV[1], 1}
`)

/** The same, but also when memory is full. */
const replaceWhenFullScript = allowedWhenFull(replaceScript)

/** Replies `{nonce, how many there were}`. */
const removeScript = defineScript(`return {ARGV[1], redis.call('DEL', KEYS[1])}`)

type ReplaceReply =
  | { readonly status: 'replaced' }
  | { readonly status: 'gone' }
  /** Another text is stored. */
  | { readonly status: 'changed'; readonly text: Text; readonly sha1: string }

interface Replacement {
  /** The SHA-1 of the text that must be stored. */
  readonly sha1: string
  /** The new text, and its expiry as parameters of `SET`. */
  readonly value: readonly Text[]
  /** Whether it needs more room than the old text. */
  readonly grows: boolean
}

/** Runs the scripts on the record of a session, and reads their replies. */
export function recordScripts(commands: RedisCommands, keyOf: (id: unknown) => string) {
  async function run(script: Script, id: unknown, parameters: readonly Text[] = []): Promise<readonly unknown[]> {
    const nonce = newVersion()
    try {
      return await commands.runScript(script, keyOf(id), nonce, [nonce, ...parameters])
    } catch (error) {
      if (error instanceof RecordMismatchError) emitEvent('record-mismatch', { handle: handleOf(id) })
      throw error
    }
  }

  return {
    /** The text, and its remaining lifetime in ms. */
    async read(id: unknown): Promise<{ readonly text: Text; readonly leftMs: number } | undefined> {
      const [stored, left] = await run(readScript, id)
      if (stored === null) return undefined
      const leftMs = asNumber(left)
      if (!isText(stored) || Number.isNaN(leftMs)) throw commands.unexpectedReply('a script', keyOf(id))
      return { text: asText(stored), leftMs: leftMs < 0 ? Infinity : leftMs }
    },

    /** Replaces a text; never creates one. */
    async replace(id: unknown, { sha1, value, grows }: Replacement): Promise<ReplaceReply> {
      const script = grows ? replaceScript : replaceWhenFullScript
      const [status, stored, storedSha1] = await run(script, id, [sha1, ...value])
      if (String(status) === '0') return { status: 'gone' }
      if (String(status) === '1') return { status: 'replaced' }
      if (String(status) !== '2') throw commands.unexpectedReply('a script', keyOf(id))
      return { status: 'changed', text: isText(stored) ? asText(stored) : '', sha1: String(storedSha1) }
    },

    async remove(id: unknown): Promise<void> {
      await run(removeScript, id)
    },
  }
}
