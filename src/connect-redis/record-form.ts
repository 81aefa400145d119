import { isUtf8 } from 'node:buffer'
import { DataTooLargeError, InvalidArgumentError } from '../errors.js'
import { isThenable } from '../engine/thenable.js'
import { UnreadableRecordError, type Encoded, type Text } from '../express-session/repositories/atomic-records.js'
import type { AnySession, Readable } from '../express-session/api/foreign-types.js'
import type { StoredSession } from '../express-session/api/store.js'

/** Turns sessions into text, or bytes, and back. */
export interface Serializer {
  /**
   * May answer with a promise. Is given a Buffer where `stringify` gives one, where the client of node-redis is mapped to Buffers, and
   * where the stored bytes are no text.
   */
  parse(text: Readable): AnySession
  stringify(session: AnySession): string | Uint8Array
}

/** How records are written and how long they live. Looked at with each call. */
export interface FormRules {
  readonly serializer: Serializer
  /** In seconds, for sessions whose cookie has no expiry; as a function, for all. */
  readonly ttl: number | ((session: AnySession) => number)
  readonly maxBytes: number
}

/** Stands for what is no string. No session has it as its text. */
export const noText = ''

/** The steps from session to text and back. What fails here is the fault of one session, or of the options, and not of a server. */
export class RecordForm {
  readonly #rules: FormRules
  readonly #clientGivesBytes: boolean
  #writesBytes = false

  constructor(rules: FormRules, clientGivesBytes: boolean) {
    this.#rules = rules
    this.#clientGivesBytes = clientGivesBytes
  }

  /** Throws `InvalidArgumentError` for what cannot be written, `DataTooLargeError` for what is too large. */
  encode(session: AnySession): Encoded {
    const text = this.#textOf(session)
    const { maxBytes } = this.#rules
    const bytes = Buffer.byteLength(text)
    if (bytes > maxBytes) throw new DataTooLargeError(bytes, maxBytes, { what: 'The session', option: 'maxBytes' })
    return { text, seconds: this.secondsOf(session) }
  }

  #textOf(session: AnySession): Text {
    let text: unknown
    try {
      text = this.#rules.serializer.stringify(session)
    } catch (cause) {
      throw new InvalidArgumentError('The session could not be written as text; the error is the cause.', { cause })
    }
    if (typeof text === 'string') return text
    if (text instanceof Uint8Array) {
      this.#writesBytes = true
      return Buffer.from(text.buffer, text.byteOffset, text.byteLength) // clients take no other bytes
    }
    if (isThenable(text)) ignore(text)
    throw new InvalidArgumentError(
      `The session could not be written as text: serializer.stringify must give a string or a Buffer, at once; it gave ${kindOf(text)}.`,
    )
  }

  /** Whole seconds; 0 for a life that is over. */
  secondsOf(session: AnySession): number {
    const { ttl } = this.#rules
    if (typeof ttl === 'function') return wholeSeconds(toldBy(ttl, session))
    const expires = (session as Partial<StoredSession> | undefined)?.cookie?.expires
    return wholeSeconds(expires ? (Number(new Date(expires)) - Date.now()) / 1000 : ttl)
  }

  /** Rejects with `UnreadableRecordError` for what is no session. */
  async parse(text: Text): Promise<object> {
    const session: unknown = await this.#parsed(text)
    if (typeof session !== 'object' || session === null) throw new UnreadableRecordError()
    return session
  }

  /** What throws at once, or calls it a matter of syntax, can never read this text; what rejects otherwise may be down for now. */
  #parsed(text: Text): unknown {
    const { serializer } = this.#rules
    const wantsBytes = serializer !== JSON && (this.#clientGivesBytes || this.#writesBytes)
    try {
      if (text.length === 0) return undefined
      const parsed: unknown = serializer.parse(wantsBytes && typeof text === 'string' ? Buffer.from(text) : text)
      return isThenable(parsed) ? parsed.then(undefined, throwAs) : parsed
    } catch {
      throw new UnreadableRecordError()
    }
  }
}

/** Stored bytes as text; as they are, where they are none. */
export function textIn(stored: string | Buffer): Text {
  return typeof stored === 'string' || !isUtf8(stored) ? stored : stored.toString()
}

/** A function that cannot tell does not end the session. */
function toldBy(ttl: (session: AnySession) => number, session: AnySession): unknown {
  let seconds: unknown
  try {
    seconds = ttl(session)
  } catch (cause) {
    throw new InvalidArgumentError('The function ttl failed for a session; the error is the cause.', { cause })
  }
  const isNumber = typeof seconds === 'number' || (typeof seconds === 'string' && seconds.trim() !== '')
  if (isNumber && !Number.isNaN(Number(seconds))) return seconds
  if (isThenable(seconds)) ignore(seconds)
  throw new InvalidArgumentError(`The function ttl must give a number of seconds, at once; it gave ${kindOf(seconds)}.`)
}

function wholeSeconds(seconds: unknown): number {
  return Math.min(Math.max(Math.ceil(Number(seconds)) || 0, 0), Number.MAX_SAFE_INTEGER)
}

function throwAs(error: unknown): never {
  throw error instanceof SyntaxError ? new UnreadableRecordError() : error
}

function ignore(promise: PromiseLike<unknown>): void {
  promise.then(undefined, () => {})
}

function kindOf(value: unknown): string {
  if (isThenable(value)) return 'a promise'
  return typeof value === 'number' ? String(value) : typeof value
}
