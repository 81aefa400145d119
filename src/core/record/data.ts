import { DataTooLargeError } from '../../errors.js'
import { emitEvent } from '../../events.js'
import type { Handle } from '../../store.js'

/** What `session.data` is at run time: a plain object without a prototype. */
export type DataObject = Record<string, unknown>

/** The data line of an empty session. */
export const emptyLine = '{}'

/** How deep data may nest, far below where the stack overflows. */
export const maxDepth = 64

/** Returns the line, or throws `DataTooLargeError` if it takes more than `maxDataBytes`. */
export function checkSize(line: string, maxDataBytes: number): string {
  // A UTF-16 unit takes 3 bytes at most, so most lines need no count.
  if (line.length * 3 <= maxDataBytes) return line
  const bytes = Buffer.byteLength(line)
  if (bytes > maxDataBytes) throw new DataTooLargeError(bytes, maxDataBytes)
  return line
}

/** The data of a stored line as an object without a prototype, and its values once more, if that costs no copy. */
export interface Decoded {
  readonly object: DataObject
  readonly values: DataObject | undefined
}

/** `undefined` if `encodeFields` cannot have written the line. */
export function decode(line: string): Decoded | undefined {
  if (line === emptyLine) return { object: Object.create(null) as DataObject, values: undefined }
  const parsed = parseData(line)
  if (parsed === undefined || !isWithinBounds(parsed, 0)) return undefined
  const values = line.length > largeLength ? undefined : { ...parsed }
  // With a prototype that was taken away it is faster than one that is made without, and filled.
  return { object: Object.setPrototypeOf(parsed, null) as DataObject, values }
}

/** The same, without the values. */
export function decodeData(line: string): DataObject | undefined {
  return decode(line)?.object
}

const largeLength = 8192

/** The same, but empty if it cannot be read, which the event `record-unreadable` reports. */
export function decodeOrEmpty(line: string, handle: Handle | undefined): DataObject {
  const data = decodeData(line)
  if (data === undefined && handle !== undefined) emitEvent('record-unreadable', { handle, reason: 'corrupt' })
  return data ?? (Object.create(null) as DataObject)
}

/** Parses a line without checking its depth or its numbers. */
export function parseData(line: string): DataObject | undefined {
  let parsed: unknown
  try {
    parsed = mayNameProto(line) ? JSON.parse(line, withoutProto) : JSON.parse(line)
  } catch {
    return undefined
  }
  return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as DataObject) : undefined
}

/** Whether a parsed value nests no deeper than `maxDepth` and all its numbers are finite. */
function isWithinBounds(value: unknown, depth: number): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return true
  if (depth > maxDepth) return false
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) if (!isWithinBounds(value[index], depth + 1)) return false
    return true
  }
  for (const key in value) if (!isWithinBounds((value as DataObject)[key], depth + 1)) return false
  return true
}

// Also with escapes, which `JSON.stringify` never uses for these letters. Two searches cost a tenth of one by a pattern for both.
export function mayNameProto(line: string): boolean {
  return line.includes('__proto__') || (line.includes('\\u00') && /\\u00[4-7]/.test(line))
}

function withoutProto(key: string, value: unknown): unknown {
  return key === '__proto__' ? undefined : value
}
