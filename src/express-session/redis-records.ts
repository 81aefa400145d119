import { createHash } from 'node:crypto'
import { emitEvent } from '../core/events.js'
import type { Guard } from '../core/guard.js'
import { InvalidArgumentError, RecordMismatchError } from '../errors.js'
import { alsoWhenFull, runScriptAbout, scriptOf, type Script } from '../stores/redis/scripts.js'
import { UnreadableRecordError, type AtomicRecords, type Replaced, type StoredText } from './atomic-records.js'
import { isThenable } from '../thenable.js'
import type { AnySession } from './foreign.js'
import { handleOf } from './handle.js'
import { unexpectedReply } from '../stores/redis/replies.js'
import type { Server } from '../stores/redis/server.js'
import type { StoredSession } from './store.js'
import { performance } from '../timers.js'

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

// Constant texts, one key, and answers in lists: an error reply could carry stored text into clients and logs. Each answer begins
// with the id that it is about. What is stored does not say whose it is, and a connection that has lost or doubled a reply hands out
// each answer to the wrong one from then on.

/** Takes the id. Answers `{id, text, ms left}`: `false` for no text, an empty one for what is no string. */
const readScript = scriptOf(`
local text = redis.pcall('GET', KEYS[1])
if type(text) == 'table' then
  if not string.find(text.err, 'WRONGTYPE') then return text end
  text = ''
end
return {ARGV[1], text, redis.call('PTTL', KEYS[1])}
`)

/**
 * Stores over one text; never creates. Takes the id, the SHA-1 of the text that must stand there, the new text and, unless it is to
 * live for ever, its lifetime in seconds. Answers `{id, 1}` stored, now or by an earlier arrival of this very call; `{id, 0}` there
 * is nothing, or no string; `{id, 2, text}` something else stands there.
 */
const replaceScript = scriptOf(`
local current = redis.pcall('GET', KEYS[1])
if not current then return {ARGV[1], 0} end
if type(current) ~= 'string' then
  if string.find(current.err, 'WRONGTYPE') then return {ARGV[1], 0} end
  return current
end
if current ~= ARGV[3] and redis.sha1hex(current) ~= ARGV[2] then return {ARGV[1], 2, current} end
if ARGV[4] then
  redis.call('SET', KEYS[1], ARGV[3], 'EX', ARGV[4])
else
  redis.call('SET', KEYS[1], ARGV[3])
end
return {ARGV[1], 1}
`)

/** The same where memory is full, for what takes no more room. Servers before Redis 7 refuse the text. */
const replaceWhenFullScript = scriptOf(`#!lua flags=allow-oom\n${replaceScript.text}`)

/** Takes the id. Answers `{id, how many were there}`. */
const removeScript = scriptOf(`return {ARGV[1], redis.call('DEL', KEYS[1])}`)

/** What a text may be longer by, in bytes: `1` is taken away as `null`. */
const growthByNull = 3

/** The records of `RedisStore`: one string for each session, as connect-redis writes it, and the steps from text to text. */
export class RedisRecords implements AtomicRecords {
  readonly guard: Guard
  readonly #server: Server
  readonly #rules: RecordRules

  constructor(server: Server, guard: Guard, rules: RecordRules) {
    this.#server = server
    this.guard = guard
    this.#rules = rules
  }

  async read(id: string): Promise<string | undefined> {
    return (await this.load(id))?.text
  }

  async load(id: string): Promise<StoredText | undefined> {
    const [text, left] = await this.#run(readScript, id, [])
    if (text === null) return undefined
    const leftMs = numberIn(left)
    if (typeof text !== 'string' || Number.isNaN(leftMs)) throw unexpectedReply('a script')
    return { text, endsAt: leftMs < 0 ? Infinity : performance.now() + leftMs }
  }

  async set(id: string, session: AnySession): Promise<StoredText> {
    const { text, seconds } = this.#encode(session)
    const key = this.#keyOf(id)
    if (seconds === 0) {
      await this.remove(id)
      return { text, endsAt: performance.now() }
    }
    const expiry = this.#rules.disableTTL ? [] : ['EX', String(seconds)]
    if ((await this.#server.send(key, ['SET', key, text, ...expiry])) !== 'OK') throw this.#doubtful('SET', key)
    return { text, endsAt: this.#endAfter(seconds) }
  }

  async replace(id: string, expected: string, session: AnySession): Promise<Replaced> {
    const { text, seconds } = this.#encode(session)
    if (seconds === 0) {
      await this.remove(id)
      return { status: 'replaced', text, endsAt: performance.now() }
    }
    const parameters = [sha1(expected), text, ...(this.#rules.disableTTL ? [] : [String(seconds)])]
    const [status, current] = await this.#runReplace(
      id,
      parameters,
      Buffer.byteLength(text) - Buffer.byteLength(expected),
    )
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
    if (this.#isNeverTouched()) return (await this.load(id)) !== undefined
    const key = this.#keyOf(id)
    const count = numberIn(await this.#server.send(key, ['EXPIRE', key, String(this.#secondsOf(session))]))
    if (Number.isNaN(count)) throw this.#doubtful('EXPIRE', key)
    return count === 1
  }

  /** A life that grows or shrinks by less than a tenth is left as it is, so that reading a session does not mean writing. */
  isDue(session: AnySession, endsAt: number): boolean {
    if (this.#isNeverTouched()) return false
    const wholeMs = this.#secondsOf(session) * 1000
    return Math.abs(wholeMs - (endsAt - performance.now())) > wholeMs / 10
  }

  async remove(id: string): Promise<void> {
    await this.#run(removeScript, id, [])
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

  /** Runs a script on the record of this session; what it answers after the id. An answer about another one is refused. */
  async #run(script: Script, id: string, parameters: readonly string[]): Promise<readonly unknown[]> {
    try {
      return await runScriptAbout(id, this.#server, script, this.#keyOf(id), [id, ...parameters])
    } catch (error) {
      if (error instanceof RecordMismatchError) emitEvent('record-mismatch', { handle: handleOf(id) })
      throw error
    }
  }

  /** For a reply that may be one to another call. */
  #doubtful(command: string, key: string): Error {
    this.#server.doubt(key)
    return unexpectedReply(command)
  }

  #runReplace(id: string, parameters: readonly string[], growth: number): Promise<readonly unknown[]> {
    const replace = (): Promise<readonly unknown[]> => this.#run(replaceScript, id, parameters)
    if (growth > growthByNull) return replace()
    return alsoWhenFull(replace, () => this.#run(replaceWhenFullScript, id, parameters))
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

/** Of a number, or the form that a client gives to it: text, `true`. */
function numberIn(reply: unknown): number {
  return Number(reply ?? Number.NaN)
}
