import { hash } from 'node:crypto'
import { newVersion } from '../store.js'
import { RecordMismatchError, StoreFullError } from '../errors.js'
import { emitEvent } from '../events.js'
import { isSameText, type Text } from '../express-session/repositories/compare-and-set-records.js'
import { handleOf } from '../express-session/repositories/session-id.js'
import type { RedisCommands } from '../stores/redis/commands.js'
import type { ChosenWay } from '../stores/redis/compare-and-set-way.js'
import { allowedWhenFull, defineScript, type Script } from '../stores/redis/script.js'
import { isScriptRefusal } from '../stores/redis/script-permission.js'
import { replaceNatively } from './native-replace.js'
import type { Replacement, ReplaceReply } from './replacement.js'
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

/** Reads, replaces and removes the record of a session, by scripts or by commands that do the same. */
export function recordScripts(commands: RedisCommands, way: ChosenWay, keyOf: (id: unknown) => string) {
  async function reportMismatch<Reply>(id: unknown, replying: Promise<Reply>): Promise<Reply> {
    try {
      return await replying
    } catch (error) {
      if (error instanceof RecordMismatchError) emitEvent('record-mismatch', { handle: handleOf(id) })
      throw error
    }
  }

  function run(script: Script, id: unknown, parameters: readonly Text[] = []): Promise<readonly unknown[]> {
    const nonce = newVersion()
    return reportMismatch(id, commands.runScript(script, keyOf(id), nonce, [nonce, ...parameters]))
  }

  /** The second attempt, with a digest that Redis computed, is for a client that decodes some bytes to other characters. */
  async function replaceByScript(id: unknown, replacement: Replacement, storedSha1?: string): Promise<ReplaceReply> {
    const { expected, value, grows } = replacement
    const script = grows ? replaceScript : replaceWhenFullScript
    const sha1 = storedSha1 ?? hash('sha1', expected, 'hex')
    const [status, stored, otherSha1] = await run(script, id, [sha1, ...value])
    if (String(status) === '0') return { status: 'gone' }
    if (String(status) === '1') return { status: 'replaced' }
    if (String(status) !== '2') throw commands.unexpectedReply('a script', keyOf(id))
    const text = isText(stored) ? asText(stored) : ''
    if (storedSha1 === undefined && isSameText(text, expected))
      return replaceByScript(id, replacement, String(otherSha1))
    return { status: 'changed', text }
  }

  /**
   * By commands; by the script where only that can: if memory is full and the text does not grow, or if the client decodes some bytes to
   * other characters and never shows the stored ones.
   */
  async function replaceByCommands(id: unknown, replacement: Replacement): Promise<ReplaceReply> {
    let reply: ReplaceReply | StoreFullError
    try {
      reply = await reportMismatch(id, replaceNatively(commands, keyOf(id), replacement))
      if (reply.status !== 'changed' || !isSameText(reply.text, replacement.expected)) return reply
    } catch (error) {
      if (replacement.grows || !(error instanceof StoreFullError)) throw error
      reply = error
    }
    try {
      return await replaceByScript(id, replacement)
    } catch (error) {
      if (!isScriptRefusal(error)) throw error
      if (reply instanceof StoreFullError) throw reply
      return reply
    }
  }

  async function removeByCommand(id: unknown): Promise<void> {
    const key = keyOf(id)
    const reply = await reportMismatch(id, commands.vouched(key, ['DEL', key]))
    if (Number.isNaN(asNumber(reply))) throw commands.unexpectedReply('DEL', key)
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
    replace(id: unknown, replacement: Replacement): Promise<ReplaceReply> {
      return way.run(keyOf(id), (chosen) =>
        chosen === 'commands' ? replaceByCommands(id, replacement) : replaceByScript(id, replacement),
      )
    },

    remove(id: unknown): Promise<void> {
      return way.run(keyOf(id), async (chosen) => {
        if (chosen === 'commands') await removeByCommand(id)
        else await run(removeScript, id)
      })
    },
  }
}
