import { DataTooLargeError } from '../../errors.js'

/** What `session.data` is at run time: a plain object without a prototype. */
export type DataObject = Record<string, unknown>

/** The data line of a session that holds nothing. */
export const emptyLine = '{}'

/** How deep data may nest. Far below where the stack overflows. (ST-5) */
export const maxDepth = 64

/** The line itself; throws `DataTooLargeError` when it takes more than `maxDataBytes`. (ST-5) */
export function checkSize(line: string, maxDataBytes: number): string {
  // A UTF-16 unit takes 3 bytes at most, so most lines need no count.
  if (line.length * 3 <= maxDataBytes) return line
  const bytes = Buffer.byteLength(line)
  if (bytes > maxDataBytes) throw new DataTooLargeError(bytes, maxDataBytes)
  return line
}

/** The data of a stored line as a null-prototype object, or `undefined` where it is not data that `encodeFields` could have written. */
export function decodeData(line: string): DataObject | undefined {
  const parsed = parseData(line)
  if (parsed === undefined || !isWithinBounds(parsed, 0)) return undefined
  // To copy a large object costs more than to parse it, and to take the prototype from a small one makes it slow.
  if (line.length > largeLength) return Object.setPrototypeOf(parsed, null) as DataObject
  return Object.assign(Object.create(null) as DataObject, parsed)
}

const largeLength = 8192

/** The line as JSON alone has it: it may nest too deep, or hold numbers that are not finite. */
export function parseData(line: string): DataObject | undefined {
  let parsed: unknown
  try {
    parsed = mayNameProto(line) ? JSON.parse(line, withoutProto) : JSON.parse(line)
  } catch {
    return undefined
  }
  return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as DataObject) : undefined
}

/** Of what `JSON.parse` gives: whether it nests no deeper than data may, and all numbers are finite. */
function isWithinBounds(value: unknown, depth: number): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return true
  if (depth > maxDepth) return false
  if (Array.isArray(value)) return value.every((item) => isWithinBounds(item, depth + 1))
  for (const key in value) if (!isWithinBounds((value as DataObject)[key], depth + 1)) return false
  return true
}

// It can also be spelt with escapes, which `JSON.stringify` never uses for these letters. (ST-3)
const protoSpelling = /__proto__|\\u00[4-7]/

function mayNameProto(line: string): boolean {
  return protoSpelling.test(line)
}

function withoutProto(key: string, value: unknown): unknown {
  return key === '__proto__' ? undefined : value
}
