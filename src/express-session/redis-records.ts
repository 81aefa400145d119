import { createHash } from 'node:crypto'
import type { Guard } from '../core/guard.js'
import { InvalidArgumentError } from '../errors.js'
import { isWrongType, type Send } from '../stores/redis/client.js'
import { runScript } from '../stores/redis/scripts.js'
import { UnreadableRecordError, type AtomicRecords, type Replaced, type StoredText } from './atomic-records.js'
import { isThenable } from '../thenable.js'
import type { AnySession } from './foreign.js'
import { SeenLives } from './seen-lives.js'
import { unexpectedReply } from '../stores/redis/replies.js'
import type { StoredSession } from './store.js'

/** Turns sessions into text and back. */
export interface Serializer {
  /** May answer with a promise. */
  parse(text: string): AnySession
  stringify(session: AnySession): string
}

/** Where records stand, how they are written and how long they live. Looked at with each call. */
export interface RecordRules {
  readonly prefix: string
  readonly serializer: Serializer
  /** In seconds, for sessions whose cookie has no expiry; as a function, for all. */
  readonly ttl: number | ((session: AnySession) => number)
  readonly disableTouch: boolean
  readonly disableTTL: boolean
}

/** Stands for what is no string. No session has it as its text. */
const noText = ''

/**
 * Stores over one text; never creates. Constant text, one key, and answers by number: an error reply could carry stored text into
 * clients and logs.
 *
 * Takes the SHA-1 of the text that must stand there, the new text and, unless it is to live for ever, its lifetime in seconds.
 * Answers `{1}` stored, now or by an earlier arrival of this very call; `{0}` there is nothing, or no string; `{2, text}` something
 * else stands there.
 */
const replaceText = `
local current = redis.pcall('GET', KEYS[1])
if not current then return {0} end
if type(current) ~= 'string' then
  if string.find(current.err, 'WRONGTYPE') then return {0} end
  return current
end
if current ~= ARGV[2] and redis.sha1hex(current) ~= ARGV[1] then return {2, current} end
if ARGV[3] then
  redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
else
  redis.call('SET', KEYS[1], ARGV[2])
end
return {1}
`.trim()
const replaceScript = { text: replaceText, sha1: sha1(replaceText) }

/** The records of `RedisStore`: one string for each session, as connect-redis writes it, and the steps from text to text. */
export class RedisRecords implements AtomicRecords {
  readonly guard: Guard
  readonly #send: Send
  readonly #rules: RecordRules
  readonly #lives = new SeenLives()

  constructor(send: Send, guard: Guard, rules: RecordRules) {
    this.#send = send
    this.guard = guard
    this.#rules = rules
  }

  async read(id: string): Promise<string | undefined> {
    const key = this.#keyOf(id)
    try {
      const reply = await this.#send(key, ['GET', key])
      if (typeof reply === 'string') return reply
      if (reply === null) return undefined
    } catch (error) {
      if (isWrongType(error)) return noText
      throw error
    }
    throw unexpectedReply('GET')
  }

  async load(id: string): Promise<StoredText | undefined> {
    const seen = this.#isNeverTouched() ? Infinity : this.#lives.endOf(id)
    // Sent in one tick, so that both take one round trip.
    const [text, endsAt] = await Promise.all([this.read(id), seen ?? this.#endOf(id)])
    return text === undefined || endsAt === undefined ? undefined : { text, endsAt }
  }

  async set(id: string, session: AnySession): Promise<StoredText> {
    const { text, seconds } = this.#encode(session)
    const key = this.#keyOf(id)
    if (seconds === 0) {
      await this.remove(id)
      return { text, endsAt: performance.now() }
    }
    const expiry = this.#rules.disableTTL ? [] : ['EX', String(seconds)]
    if ((await this.#send(key, ['SET', key, text, ...expiry])) !== 'OK') throw unexpectedReply('SET')
    return { text, endsAt: this.#endAfter(seconds) }
  }

  async replace(id: string, expected: string, session: AnySession): Promise<Replaced> {
    const { text, seconds } = this.#encode(session)
    if (seconds === 0) {
      await this.remove(id)
      return { status: 'replaced', text, endsAt: performance.now() }
    }
    const parameters = [sha1(expected), text, ...(this.#rules.disableTTL ? [] : [String(seconds)])]
    const reply = await runScript(this.#send, replaceScript, this.#keyOf(id), parameters)
    const [status, current] = Array.isArray(reply) ? (reply as readonly unknown[]) : []
    switch (String(status)) {
      case '0':
        return { status: 'gone' }
      case '1':
        return { status: 'replaced', text, endsAt: this.#endAfter(seconds) }
      case '2':
        return { status: 'changed', text: String(current) }
      default:
        throw unexpectedReply('a script')
    }
  }

  async touch(id: string, session: AnySession): Promise<boolean> {
    if (this.#isNeverTouched()) return (await this.#endOf(id)) !== undefined
    this.#lives.forget(id)
    const key = this.#keyOf(id)
    return readNumber('EXPIRE', await this.#send(key, ['EXPIRE', key, String(this.#secondsOf(session))])) === 1
  }

  /** A life that grows or shrinks by less than a tenth is left as it is, so that reading a session does not mean writing. */
  isDue(session: AnySession, endsAt: number): boolean {
    if (this.#isNeverTouched()) return false
    const wholeMs = this.#secondsOf(session) * 1000
    this.#lives.see((session as { readonly id: string }).id, { endsAt, wholeMs })
    return Math.abs(wholeMs - (endsAt - performance.now())) > wholeMs / 10
  }

  async remove(id: string): Promise<void> {
    this.#lives.forget(id)
    const key = this.#keyOf(id)
    readNumber('DEL', await this.#send(key, ['DEL', key]))
  }

  async parse(text: string): Promise<AnySession> {
    const session = await this.#parsed(text)
    if (typeof session !== 'object' || session === null) throw new UnreadableRecordError()
    return session
  }

  /** What throws at once, or calls it a matter of syntax, can never read this text; what rejects otherwise may be down for now. */
  #parsed(text: string): unknown {
    try {
      const parsed: unknown = text === noText ? undefined : this.#rules.serializer.parse(text)
      return isThenable(parsed) ? parsed.then(undefined, throwAs) : parsed
    } catch {
      throw new UnreadableRecordError()
    }
  }

  #keyOf(id: string): string {
    return this.#rules.prefix + id
  }

  #isNeverTouched(): boolean {
    return this.#rules.disableTouch || this.#rules.disableTTL
  }

  /** When a record's life ends: `Infinity` without an expiry, `undefined` where there is none. */
  async #endOf(id: string): Promise<number | undefined> {
    const key = this.#keyOf(id)
    const left = readNumber('PTTL', await this.#send(key, ['PTTL', key]))
    if (left === -2) return undefined
    return left === -1 ? Infinity : performance.now() + left
  }

  #endAfter(seconds: number): number {
    return this.#rules.disableTTL ? Infinity : performance.now() + seconds * 1000
  }

  #encode(session: AnySession): { readonly text: string; readonly seconds: number } {
    try {
      return { text: this.#rules.serializer.stringify(session), seconds: this.#secondsOf(session) }
    } catch (cause) {
      // Not the failing server's fault.
      throw new InvalidArgumentError('The session could not be written as text; the error is the cause.', { cause })
    }
  }

  /** Whole seconds; 0 for a life that is over. */
  #secondsOf(session: unknown): number {
    const { ttl } = this.#rules
    if (typeof ttl === 'function') return wholeSeconds(ttl(session))
    const expires = (session as Partial<StoredSession> | undefined)?.cookie?.expires
    return wholeSeconds(expires ? (Number(new Date(expires)) - Date.now()) / 1000 : ttl)
  }
}

function throwAs(error: unknown): never {
  throw error instanceof SyntaxError ? new UnreadableRecordError() : error
}

function wholeSeconds(seconds: unknown): number {
  return Math.min(Math.max(Math.ceil(Number(seconds)) || 0, 0), Number.MAX_SAFE_INTEGER)
}

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex')
}

/** A number, or the form that a client gives to it: text, `true`. */
function readNumber(command: string, reply: unknown): number {
  const number = Number(reply ?? Number.NaN)
  if (Number.isNaN(number)) throw unexpectedReply(command)
  return number
}
