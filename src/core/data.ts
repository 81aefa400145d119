import { DataNotEncodableError, DataTooLargeError } from '../errors.js'

/** What `session.data` is at run time: a plain object without a prototype. */
export type DataObject = Record<string, unknown>

/** The data line of a session that holds nothing. */
export const emptyLine = '{}'

/** How deep data may nest. Far below where `JSON.stringify` overflows the stack. (ST-5) */
const maxDepth = 64

/**
 * The data as one line of JSON. Plain values only: what JSON would silently lose (a function, a Map, NaN, …) or cannot take
 * (a cycle, a BigInt) throws `DataNotEncodableError` with its path. Objects with `toJSON`, such as Date, are stored as what
 * that gives; properties that are `undefined` are left out.
 */
export function encodeData(data: DataObject): string {
  const problem = attempt(() => findProblem(data, 0))
  if (problem !== undefined) throw new DataNotEncodableError(`data${problem.path.slice(0, 100)}`, problem.text)
  return attempt(() => {
    const line = JSON.stringify(data)
    return mayNameProto(line) ? JSON.stringify(data, withoutProto) : line
  })
}

/** Getters and `toJSON` are the application's code, and may throw anything. */
function attempt<Result>(step: () => Result): Result {
  try {
    return step()
  } catch (error) {
    throw new DataNotEncodableError('data', 'has no JSON form', error)
  }
}

/** The line itself; throws `DataTooLargeError` when it takes more than `maxDataBytes`. (ST-5) */
export function checkSize(line: string, maxDataBytes: number): string {
  // A UTF-16 unit takes 3 bytes at most, so most lines need no count.
  if (line.length * 3 <= maxDataBytes) return line
  const bytes = Buffer.byteLength(line)
  if (bytes > maxDataBytes) throw new DataTooLargeError(bytes, maxDataBytes)
  return line
}

/** The data of a stored line as a null-prototype object, or `undefined` where it is not data that `encodeData` could have written. */
export function decodeData(line: string): DataObject | undefined {
  let parsed: unknown
  try {
    parsed = mayNameProto(line) ? JSON.parse(line, withoutProto) : JSON.parse(line)
  } catch {
    return undefined
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined
  if (findProblem(parsed, 0) !== undefined) return undefined
  return Object.assign(Object.create(null) as DataObject, parsed)
}

interface Problem {
  /** Where, put together on the way back up: `.cart[2].price`. */
  readonly path: string
  readonly text: string
}

function findProblem(value: unknown, depth: number): Problem | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return undefined
    case 'number':
      return Number.isFinite(value) ? undefined : { path: '', text: 'is not a finite number' }
    case 'object':
      return value === null ? undefined : findProblemInside(value, depth)
    default:
      return { path: '', text: `is a ${typeof value}` }
  }
}

function findProblemInside(value: object, depth: number): Problem | undefined {
  // The bound on depth also stops cycles.
  if (depth > maxDepth) return { path: '', text: `nests deeper than ${maxDepth} levels, or in a cycle` }
  if (Array.isArray(value)) return findProblemInList(value, depth)
  if (depth > 0 && hasToJSON(value)) return findProblem(value.toJSON(), depth + 1)
  if (!isPlain(value)) return { path: '', text: `is a ${value.constructor?.name ?? 'class instance'}` }
  for (const key in value) {
    const problem = findProblem((value as DataObject)[key], depth + 1)
    if (problem !== undefined) return { path: `.${key}${problem.path}`, text: problem.text }
  }
  return undefined
}

function findProblemInList(list: readonly unknown[], depth: number): Problem | undefined {
  for (let index = 0; index < list.length; index++) {
    const item = list[index]
    const problem = item === undefined ? undefinedItem : findProblem(item, depth + 1)
    if (problem !== undefined) return { path: `[${index}]${problem.path}`, text: problem.text }
  }
  return undefined
}

const undefinedItem: Problem = { path: '', text: 'is undefined, which a list cannot hold' }

function hasToJSON(value: object): value is { toJSON(): unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function'
}

// Also true for plain objects of another realm, such as a test runner's.
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

// As a key, `__proto__` turns into a prototype in the first careless copy. It can also be spelt with escapes, which
// `JSON.stringify` never uses for these letters. (ST-3)
const protoSpelling = /__proto__|\\u00[4-7]/

function mayNameProto(line: string): boolean {
  return protoSpelling.test(line)
}

function withoutProto(key: string, value: unknown): unknown {
  return key === '__proto__' ? undefined : value
}
