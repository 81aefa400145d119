import { isThenable } from '../engine/thenable.js'
import { DataTooLargeError, InvalidArgumentError } from '../errors.js'
import type { AnySession } from '../express-session/api/loose-types.js'
import type { StoredSession } from '../express-session/api/store.js'
import {
  UnreadableRecordError,
  type Encoded,
  type Text,
} from '../express-session/repositories/compare-and-set-records.js'
import type { StoreFields } from './options.js'

export type SessionCodec = ReturnType<typeof sessionCodec>

/** Turns sessions into records and back. Its errors concern one session or the options, never the server. */
export function sessionCodec(fields: StoreFields, clientGivesBytes: boolean) {
  let writesBytes = false

  function stringify(session: AnySession): Text {
    const result: unknown = callSync('serializer.stringify', () => fields.serializer.stringify(session))
    if (typeof result === 'string') return result
    if (!(result instanceof Uint8Array)) throw wrongResult('serializer.stringify', 'a string or a Buffer', result)
    writesBytes = true
    return Buffer.from(result.buffer, result.byteOffset, result.byteLength) // clients accept no other bytes
  }

  /** The session's lifetime in whole seconds; 0 if it has expired. */
  function secondsOf(session: AnySession): number {
    const { ttl } = fields
    if (typeof ttl === 'function') {
      const result = callSync('ttl', () => ttl(session))
      if (!isNumeric(result)) throw wrongResult('ttl', 'a number of seconds', result)
      return wholeSeconds(result)
    }
    const expires = (session as Partial<StoredSession> | undefined)?.cookie?.expires
    return wholeSeconds(expires ? (Number(new Date(expires)) - Date.now()) / 1000 : ttl)
  }

  /** Throws `InvalidArgumentError` for a session that cannot be serialized, and `DataTooLargeError`. */
  function encode(session: AnySession): Encoded {
    const text = stringify(session)
    const [bytes, { maxBytes }] = [Buffer.byteLength(text), fields]
    if (bytes > maxBytes) throw new DataTooLargeError(bytes, maxBytes, { what: 'The session', option: 'maxBytes' })
    return { text, seconds: secondsOf(session) }
  }

  /**
   * The session of a record. Throws or rejects with `UnreadableRecordError` if the serializer can never read it: it throws synchronously, rejects
   * with a `SyntaxError`, or returns no object. Other rejections are temporary failures of the serializer.
   */
  function parse(text: Text): object | Promise<object> {
    const { serializer } = fields
    const wantsBytes = serializer !== JSON && (clientGivesBytes || writesBytes)
    let session: unknown
    try {
      session = text.length > 0 && serializer.parse(wantsBytes && typeof text === 'string' ? Buffer.from(text) : text)
    } catch {
      throw new UnreadableRecordError()
    }
    return isThenable(session) ? Promise.resolve(session).then(checkedSession, rethrow) : checkedSession(session)
  }

  /** How long a session lasts from a use on, in ms, also if it was last used a while ago; `Infinity` if it never expires. */
  function lifetimeMs(session: AnySession): number {
    if (fields.disableTTL) return Infinity
    const { expires, originalMaxAge } = (session as Partial<StoredSession> | undefined)?.cookie ?? {}
    const isOfCookie = typeof fields.ttl !== 'function' && expires && typeof originalMaxAge === 'number'
    return isOfCookie ? originalMaxAge : secondsOf(session) * 1000
  }

  return { encode, parse, secondsOf, lifetimeMs }
}

/** Calls a function of the application. */
function callSync(name: string, call: () => unknown): unknown {
  try {
    return call()
  } catch (cause) {
    throw new InvalidArgumentError(`The function ${name} threw for a session; its error is the cause.`, { cause })
  }
}

function wrongResult(name: string, wanted: string, result: unknown): Error {
  if (isThenable(result)) result.then(undefined, () => {})
  const given = isThenable(result) ? 'a promise' : typeof result === 'number' ? String(result) : typeof result
  return new InvalidArgumentError(`The function ${name} must return ${wanted} synchronously; it returned ${given}.`)
}

function isNumeric(value: unknown): boolean {
  return (typeof value === 'number' || (typeof value === 'string' && /\S/.test(value))) && !Number.isNaN(Number(value))
}

function wholeSeconds(seconds: unknown): number {
  return Math.min(Math.max(Math.ceil(Number(seconds)) || 0, 0), Number.MAX_SAFE_INTEGER)
}

function checkedSession(session: unknown): object {
  if (typeof session !== 'object' || session === null) throw new UnreadableRecordError()
  return session
}

function rethrow(error: unknown): never {
  throw error instanceof SyntaxError ? new UnreadableRecordError() : error
}
