import type { StoredRecord } from '../store.js'

/** The one field that we add to the cookie and the application's values. */
const ownField = 'sessera'

/** Names with another meaning at the top level of a session. Some stores write the last two there themselves. */
const reservedNames = new Set(['cookie', ownField, '__proto__', '__lastAccess', 'lastModified'])

/**
 * The cookie expires this much later than the record. Many stores count whole seconds, and some round down, which would give a session
 * in its last second no lifetime at all.
 */
const roundingMs = 2_000

export interface ExpiringRecord extends StoredRecord {
  /** Ms since the epoch. */
  readonly expiresAt: number
}

type Fields = Readonly<Record<string, unknown>>

/** The session to pass to a store for express-session: a cookie, the session's values, and our own field. */
export function encodeRecord({ text, version, expiresAt }: ExpiringRecord): Fields {
  const newline = text.indexOf('\n')
  const values = readValues(text.slice(newline + 1))
  const record = { version, expiresAt, head: text.slice(0, newline), keys: Object.keys(values) }
  const session = { cookie: cookieUntil(expiresAt + roundingMs), ...values, [ownField]: record }
  if (decodeRecord(session)?.text === text) return session
  // The values do not convert back to the same text, so store it whole. The values are then for other readers only.
  return { ...session, [ownField]: { version, expiresAt, text } }
}

/** The record in a session that the store returned; `undefined` if it is not one of ours. Ignores fields that the store added. */
export function decodeRecord(session: unknown): ExpiringRecord | undefined {
  const record = isObject(session) ? session[ownField] : undefined
  if (!isObject(session) || !isObject(record)) return undefined
  const { version, expiresAt, head, keys, text } = record
  if (typeof version !== 'string' || typeof expiresAt !== 'number') return undefined
  if (typeof text === 'string') return { version, expiresAt, text }
  if (typeof head !== 'string' || !Array.isArray(keys)) return undefined
  const values = Object.fromEntries(keys.map((key) => [String(key), session[String(key)]]))
  return { version, expiresAt, text: `${head}\n${JSON.stringify(values)}` }
}

function readValues(line: string): Fields {
  try {
    const values: unknown = JSON.parse(line)
    if (!isObject(values) || Array.isArray(values)) return {}
    return Object.fromEntries(Object.entries(values).filter(([name]) => !reservedNames.has(name)))
  } catch {
    return {}
  }
}

/** A cookie with all fields that stores read to find out how long to keep a session. */
function cookieUntil(time: number): Fields {
  const maxAge = (): number => time - Date.now()
  const cookie = { originalMaxAge: maxAge(), expires: new Date(time), httpOnly: true, path: '/' }
  // Not enumerable, so not stored: after reading, it would count from that moment.
  return Object.defineProperty(cookie, 'maxAge', { get: maxAge })
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}
