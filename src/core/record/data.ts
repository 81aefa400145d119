import { DataTooLargeError } from '../../errors.js'
import { emitEvent } from '../../events.js'
import type { Handle } from '../../store.js'
import { beyondBounds, copyOf } from './unchanged.js'

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

/** The data of a stored line as an object without a prototype. */
export interface Decoded {
  readonly object: DataObject
  /** A copy to compare it with later; `undefined` if not all that the line holds is in it. */
  readonly values: DataObject | undefined
}

/** `undefined` if `encodeFields` cannot have written the line. */
export function decode(line: string): Decoded | undefined {
  if (line === emptyLine) return { object: Object.create(null) as DataObject, values: nothing }
  const namesProto = mayNameProto(line)
  const parsed = parse(line, namesProto)
  const copy = copyOf(parsed, maxDepth)
  if (parsed === undefined || copy === beyondBounds) return undefined
  // With a prototype that was taken away it is faster than one that is made without, and filled.
  const object = Object.setPrototypeOf(parsed, null) as DataObject
  return { object, values: namesProto ? undefined : (copy as DataObject) }
}

/** Only the values to compare with. */
export function valuesOf(line: string): DataObject | undefined {
  return mayNameProto(line) ? undefined : parse(line, false)
}

const nothing: DataObject = {}

/** The same, without the copy. */
export function decodeData(line: string): DataObject | undefined {
  return decode(line)?.object
}

/** The same, but empty if it cannot be read, which the event `record-unreadable` reports. */
export function decodeOrEmpty(line: string, handle: Handle | undefined): DataObject {
  const data = decodeData(line)
  if (data === undefined && handle !== undefined) emitEvent('record-unreadable', { handle, reason: 'corrupt' })
  return data ?? (Object.create(null) as DataObject)
}

/** Parses a line without checking its depth or its numbers. */
export function parseData(line: string): DataObject | undefined {
  return parse(line, mayNameProto(line))
}

function parse(line: string, namesProto: boolean): DataObject | undefined {
  let parsed: unknown
  try {
    parsed = namesProto ? JSON.parse(line, withoutProto) : JSON.parse(line)
  } catch {
    return undefined
  }
  return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as DataObject) : undefined
}

// Also with escapes, which `JSON.stringify` never uses for these letters. Two searches cost a tenth of one by a pattern for both.
export function mayNameProto(line: string): boolean {
  return line.includes('__proto__') || (line.includes('\\u00') && /\\u00[4-7]/.test(line))
}

function withoutProto(key: string, value: unknown): unknown {
  return key === '__proto__' ? undefined : value
}
