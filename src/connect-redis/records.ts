import { createHash } from 'node:crypto'
import { emitEvent } from '../events.js'
import type { Operations } from '../engine/operations.js'
import { RecordMismatchError } from '../errors.js'
import { newVersion } from '../store.js'
import type { RedisCommands } from '../stores/redis/commands.js'
import { allowedWhenFull, defineScript, type Script } from '../stores/redis/script.js'
import { performance } from '../engine/timers.js'
import {
  isSameText,
  type AtomicRecords,
  type Encoded,
  type Replaced,
  type StoredText,
  type Text,
} from '../express-session/repositories/atomic-records.js'
import type { AnySession } from '../express-session/api/foreign-types.js'
import { behind, handleOf } from '../express-session/repositories/handle.js'
import { noText, textIn, type FormRules, type RecordForm } from './record-form.js'

/** Where records stand, how they are written and how long they live. Looked at with each call. */
export interface RecordRules extends FormRules {
  readonly prefix: string
  readonly disableTouch: boolean
  readonly disableTTL: boolean
}

// Constant texts, one key, and answers in lists: an error reply could carry stored text into clients and logs. Each takes a word that no
// other call has, and begins its answer with it. What is stored does not say whose it is, and a connection that has lost or doubled a
// reply hands out each answer to the wrong one from then on. (The id would not do: a client may give it back in another form.)

/** Answers `{word, text, ms left}`: `false` for no text, an empty one for what is no string. */
const readScript = defineScript(`
local text = redis.pcall('GET', KEYS[1])
if type(text) == 'table' then
  if not string.find(text.err, 'WRONGTYPE') then return text end
  text = ''
end
return {ARGV[1], text, redis.call('PTTL', KEYS[1])}
`)

/**
 * Stores over one text; never creates. Takes the word, the SHA-1 of the text that must stand there, the new text and, unless it is to
 * live for ever, its lifetime in seconds. Answers `{word, 1}` stored, now or by an earlier arrival of this very call; `{word, 0}` there
 * is nothing, or no string; `{word, 2, text, its SHA-1}` something else stands there.
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
if ARGV[4] then
  redis.call('SET', KEYS[1], ARGV[3], 'EX', ARGV[4])
else
  redis.call('SET', KEYS[1], ARGV[3])
end
return {ARGV[1], 1}
`)

/** The same for a text that needs no more room. */
const replaceInPlaceScript = allowedWhenFull(replaceScript)

/** Answers `{word, how many were there}`. */
const removeScript = defineScript(`return {ARGV[1], redis.call('DEL', KEYS[1])}`)

/** What a text may be longer by, in bytes: `1` is taken away as `null`. */
const growthByNull = 3

/** The records of `RedisStore`: one string for each session, as connect-redis writes it. */
export class RedisRecords implements AtomicRecords {
  readonly operations: Operations
  readonly #commands: RedisCommands
  readonly #rules: RecordRules
  readonly #form: RecordForm

  constructor(commands: RedisCommands, operations: Operations, rules: RecordRules, form: RecordForm) {
    this.#commands = commands
    this.operations = operations
    this.#rules = rules
    this.#form = form
  }

  encode(session: AnySession): Encoded {
    return this.#form.encode(session)
  }

  parse(text: Text): Promise<unknown> {
    return this.#form.parse(text)
  }

  async load(id: unknown): Promise<StoredText | undefined> {
    const [stored, left] = await this.#run(readScript, id, [])
    if (stored === null) return undefined
    const leftMs = numberIn(left)
    if (!isStored(stored) || Number.isNaN(leftMs)) throw this.#commands.unexpectedReply('a script', this.#keyOf(id))
    return { text: textIn(stored), endsAt: leftMs < 0 ? Infinity : performance.now() + leftMs }
  }

  async set(id: unknown, { text, seconds }: Encoded): Promise<StoredText> {
    const key = this.#keyOf(id)
    if (seconds === 0) {
      await this.remove(id)
      return { text, endsAt: performance.now() }
    }
    await this.#commands.ensureScripts(key)
    const expiry = this.#rules.disableTTL ? [] : ['EX', String(seconds)]
    const reply = await this.#commands.send(key, ['SET', key, text, ...expiry])
    if (!isStored(reply) || String(reply) !== 'OK') throw this.#commands.unexpectedReply('SET', key)
    return { text, endsAt: this.#endAfter(seconds) }
  }

  async replace(id: unknown, expected: Text, encoded: Encoded): Promise<Replaced> {
    const { text, seconds } = encoded
    if (seconds === 0) {
      await this.remove(id)
      return { status: 'replaced', text, endsAt: performance.now() }
    }
    const [status, stored, digest] = await this.#replace(id, expected, sha1(expected), encoded)
    if (String(status) !== '2') return this.#replaced(id, status, encoded)
    const current = isStored(stored) ? textIn(stored) : noText
    if (!isSameText(current, expected)) return { status: 'changed', text: current }
    // Nobody has written: the client gives back what it cannot read as something else. What Redis itself says of it is exact.
    const [secondStatus] = await this.#replace(id, expected, String(digest), encoded)
    return String(secondStatus) === '2'
      ? { status: 'changed', text: current }
      : this.#replaced(id, secondStatus, encoded)
  }

  #replaced(id: unknown, status: unknown, { text, seconds }: Encoded): Replaced {
    if (String(status) === '0') return { status: 'gone' }
    if (String(status) === '1') return { status: 'replaced', text, endsAt: this.#endAfter(seconds) }
    throw this.#commands.unexpectedReply('a script', this.#keyOf(id))
  }

  async touch(id: unknown, session: AnySession): Promise<boolean> {
    if (this.#isNeverTouched()) return (await this.load(id)) !== undefined
    return this.expire(id, this.#form.secondsOf(session))
  }

  /** Lets it live for so long from now. Whether it is there. */
  async expire(id: unknown, seconds: number): Promise<boolean> {
    const key = this.#keyOf(id)
    const count = numberIn(await this.#commands.send(key, ['EXPIRE', key, String(seconds)]))
    if (Number.isNaN(count)) throw this.#commands.unexpectedReply('EXPIRE', key)
    return count === 1
  }

  /** A life that grows or shrinks by less than a tenth is left as it is, so that reading a session does not mean writing. */
  isDue(session: AnySession, endsAt: number): boolean {
    if (this.#isNeverTouched()) return false
    const wholeMs = this.#form.secondsOf(session) * 1000
    return Math.abs(wholeMs - (endsAt - performance.now())) > wholeMs / 10
  }

  async remove(id: unknown): Promise<void> {
    await this.#run(removeScript, id, [])
  }

  #keyOf(id: unknown): string {
    return behind(this.#rules.prefix, id)
  }

  #isNeverTouched(): boolean {
    return this.#rules.disableTouch || this.#rules.disableTTL
  }

  /** Runs a script on the record of this session; what it answers after the word. An answer to another call is refused. */
  async #run(script: Script, id: unknown, parameters: readonly Text[]): Promise<readonly unknown[]> {
    const word = newVersion()
    try {
      return await this.#commands.runScript(script, this.#keyOf(id), word, [word, ...parameters])
    } catch (error) {
      if (error instanceof RecordMismatchError) emitEvent('record-mismatch', { handle: handleOf(id) })
      throw error
    }
  }

  #replace(id: unknown, expected: Text, digest: string, { text, seconds }: Encoded): Promise<readonly unknown[]> {
    const parameters = [digest, text, ...(this.#rules.disableTTL ? [] : [String(seconds)])]
    const grows = Buffer.byteLength(text) - Buffer.byteLength(expected) > growthByNull
    return this.#run(grows ? replaceScript : replaceInPlaceScript, id, parameters)
  }

  #endAfter(seconds: number): number {
    return this.#rules.disableTTL ? Infinity : performance.now() + seconds * 1000
  }
}

function isStored(reply: unknown): reply is string | Buffer {
  return typeof reply === 'string' || Buffer.isBuffer(reply)
}

function sha1(text: Text): string {
  return createHash('sha1').update(text).digest('hex')
}

/** Of a number, or the form that a client gives to it: text, `true`. */
function numberIn(reply: unknown): number {
  return Number(reply ?? Number.NaN)
}
