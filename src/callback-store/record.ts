import type { StoredRecord } from '../store.js'

/** The one field beside the cookie and the application's values. */
const ownField = 'sessera'

/** Names that stand for something else at the top level of a session; the last two are what known stores write there. */
const reservedNames = new Set(['cookie', ownField, '__proto__', '__lastAccess', 'lastModified'])

/**
 * What stores are told of the end of a session is this much later than its real end. Many of them count in whole seconds, and some
 * round down, to nothing at all in the last second.
 */
const roundingMs = 2_000

/** What is found in a store. */
export interface FoundRecord extends StoredRecord {
  /** Ms since the epoch. */
  readonly expiresAt: number
}

type Fields = Readonly<Record<string, unknown>>

/** A record in the shape that stores for express-session keep: a cookie, the values of the session, one more field. */
export function sessionOf({ text, version, expiresAt }: FoundRecord): Fields {
  const newline = text.indexOf('\n')
  const values = readValues(text.slice(newline + 1))
  const record = { version, expiresAt, head: text.slice(0, newline), keys: Object.keys(values) }
  const session = { cookie: cookieUntil(expiresAt + roundingMs), ...values, [ownField]: record }
  if (recordIn(session)?.text === text) return session
  // Whatever the fields do not give back to the letter stands here as a whole; they are for others to read then.
  return { ...session, [ownField]: { version, expiresAt, text } }
}

/** The record in what a store gave back; nothing where it is not one of ours. Fields that the store added do not matter. */
export function recordIn(session: unknown): FoundRecord | undefined {
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

/** Has what stores look at to know how long they may keep it. */
function cookieUntil(time: number): Fields {
  const maxAge = (): number => time - Date.now()
  const cookie = { originalMaxAge: maxAge(), expires: new Date(time), httpOnly: true, path: '/' }
  // Not stored: read back, it would count from then.
  return Object.defineProperty(cookie, 'maxAge', { get: maxAge })
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}
