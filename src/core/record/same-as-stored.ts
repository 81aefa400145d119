import { maxDepth, type DataObject } from './data.js'
import { hasEnumerableSymbols, isPlain } from './plain-object.js'

/** The stored line, and how far it has been compared. */
interface Cursor {
  readonly line: string
  at: number
}

/**
 * Whether encoding `data` would give exactly this line. Walks both together and makes no text, so it costs a fraction of encoding. Data
 * that could not be encoded is never the same, so whoever wants to know why must encode it.
 */
export function isSameAsStored(line: string, data: DataObject): boolean {
  const cursor: Cursor = { line, at: 0 }
  try {
    return skipMembers(cursor, data, 0) && cursor.at === line.length
  } catch {
    return false // a getter has thrown; encoding it says so
  }
}

/** The same for one value and its JSON. */
export function isSameValue(json: string, value: unknown): boolean {
  const cursor: Cursor = { line: json, at: 0 }
  try {
    return skipValue(cursor, value, 1) && cursor.at === json.length
  } catch {
    return false
  }
}

function skip(cursor: Cursor, text: string): boolean {
  if (!cursor.line.startsWith(text, cursor.at)) return false
  cursor.at += text.length
  return true
}

function skipValue(cursor: Cursor, value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
      return skipText(cursor, value)
    case 'number':
      return skip(cursor, Object.is(value, -0) ? '-0' : String(value))
    case 'boolean':
      return skip(cursor, value ? 'true' : 'false')
    case 'object':
      if (value === null) return skip(cursor, 'null')
      return Array.isArray(value) ? skipList(cursor, value, depth) : skipMembers(cursor, value as DataObject, depth)
    default:
      return false
  }
}

// JSON has these only as escapes, and text that looks like an escape is escaped itself.
const escaped = /["\\]/

function skipText(cursor: Cursor, text: string): boolean {
  const { line, at } = cursor
  const end = at + text.length + 1
  if (line.charCodeAt(at) !== 0x22 || line.charCodeAt(end) !== 0x22 || !line.startsWith(text, at + 1)) return false
  cursor.at = end + 1
  return !escaped.test(text)
}

function skipList(cursor: Cursor, list: readonly unknown[], depth: number): boolean {
  if (depth > maxDepth || !isPlain(list) || Object.keys(list).length !== list.length) return false
  if (hasEnumerableSymbols(list) || !skip(cursor, '[')) return false
  for (let index = 0; index < list.length; index++) {
    if (index > 0 && !skip(cursor, ',')) return false
    if (!skipValue(cursor, list[index], depth + 1)) return false
  }
  return skip(cursor, ']')
}

function skipMembers(cursor: Cursor, object: DataObject, depth: number): boolean {
  if (depth > maxDepth || !isPlain(object) || typeof object['toJSON'] === 'function') return false
  if (hasEnumerableSymbols(object) || !skip(cursor, '{')) return false
  let isFirst = true
  for (const key of Object.keys(object)) {
    const value = object[key]
    if (value === undefined || key === '__proto__') continue
    if (!isFirst && !skip(cursor, ',')) return false
    isFirst = false
    if (!skipText(cursor, key) || !skip(cursor, ':') || !skipValue(cursor, value, depth + 1)) return false
  }
  return skip(cursor, '}')
}
