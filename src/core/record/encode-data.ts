import { DataNotEncodableError, DataTooLargeError } from '../../errors.js'
import { checkSize, maxDepth, type DataObject } from './data.js'
import { hasEnumerableSymbols, isPlain } from './plain-object.js'
import { quote } from './quote.js'
import { isUnchanged } from './unchanged.js'

/** The data by top-level key, each value as JSON text. This is what is compared and merged. */
export type Fields = ReadonlyMap<string, string>

/** What is stored, to be compared with. */
interface Known {
  readonly fields: Fields
  /** The values that they stand for, if these are known. */
  readonly values: DataObject | undefined
}

const nothing: Known = { fields: new Map(), values: undefined }

/**
 * How many UTF-16 units may still be written, and how many properties left out. Bounds the work, because shared references are no cycle but
 * can double the output at each level.
 */
interface Budget {
  readonly maxBytes: number
  units: number
  undefineds: number
}

/**
 * Encodes the data by top-level key, in one pass that reads each value once. The JSON is that of `JSON.stringify`. Stops as soon as it
 * takes more than `maxBytes`.
 *
 * Everything under an enumerable key either reads back equal or throws `DataNotEncodableError` with its path. Objects with `toJSON`,
 * such as Date, are stored as its result. `undefined` and the key `__proto__` are left out. A value that is the same as in `known` is
 * not encoded again.
 *
 * @throws DataNotEncodableError · DataTooLargeError
 */
export function encodeFields(data: DataObject, maxBytes = Infinity, known: Known = nothing): Fields {
  const budget: Budget = { maxBytes, units: maxBytes, undefineds: maxBytes }
  const fields = new Map<string, string>()
  const { values } = known
  let key = ''
  try {
    rejectSymbolKeys(data)
    take(budget, 2)
    for (key of Object.keys(data)) {
      const value = data[key]
      if (isLeftOut(key, value, budget)) continue
      take(budget, key.length + (fields.size === 0 ? 3 : 4))
      const isKnown = values !== undefined && isUnchanged(value, values[key])
      const json = isKnown ? known.fields.get(key) : undefined
      fields.set(key, json === undefined ? write(value, 1, budget) : taken(json, budget))
    }
    return fields
  } catch (error) {
    const { path, message, cause } = within(key === '' ? '' : `.${key}`, error)
    throw new DataNotEncodableError(`data${path.slice(0, 100)}`, message, cause)
  }
}

/** The same as one line. @throws DataTooLargeError if it takes more than `maxBytes`. */
export function encodeData(data: DataObject, maxBytes: number): string {
  return checkSize(joinFields(encodeFields(data, maxBytes)), maxBytes)
}

/** The data line of these fields, or of changes to empty data. */
export function joinFields(fields: ReadonlyMap<string, string | undefined>): string {
  let line = ''
  for (const [key, text] of fields) if (text !== undefined) line += `${line === '' ? '' : ','}${quote(key)}:${text}`
  return `{${line}}`
}

function write(value: unknown, depth: number, budget: Budget): string {
  switch (typeof value) {
    case 'string':
      if (value.length > budget.units) take(budget, value.length)
      return taken(quote(value), budget)
    case 'number':
      if (!Number.isFinite(value)) throw new Problem('is not a finite number')
      return taken(Object.is(value, -0) ? '-0' : String(value), budget)
    case 'boolean':
      return taken(value ? 'true' : 'false', budget)
    case 'object':
      if (value === null) return taken('null', budget)
      return hasToJSON(value) ? writeToJSONResult(value, depth, budget) : writeNested(value, depth, budget)
    default:
      throw new Problem(`is a ${typeof value}`)
  }
}

/** Calls `toJSON` once, not on its own result. For an invalid date that gives `null`. */
function writeToJSONResult(value: { toJSON(): unknown }, depth: number, budget: Budget): string {
  const given = value.toJSON()
  if (given === null || given === undefined) throw new Problem('has a toJSON that returns nothing')
  return typeof given === 'object' ? writeNested(given, depth, budget) : write(given, depth, budget)
}

function writeNested(value: object, depth: number, budget: Budget): string {
  // Also stops cycles.
  if (depth > maxDepth) throw new Problem(`nests deeper than ${maxDepth} levels, or in a cycle`)
  if (!isPlain(value)) throw new Problem(`is a ${value.constructor?.name ?? 'class instance'}`)
  rejectSymbolKeys(value)
  take(budget, 2)
  return Array.isArray(value) ? writeList(value, depth, budget) : writeMembers(value as DataObject, depth, budget)
}

function writeList(list: readonly unknown[], depth: number, budget: Budget): string {
  if (list.length > 1) take(budget, list.length - 1)
  rejectExtraProperties(list)
  let text = ''
  let index = 0
  try {
    for (; index < list.length; index++) {
      const item = list[index]
      if (item === undefined) throw new Problem('is undefined, which a list cannot hold')
      text += (index === 0 ? '' : ',') + write(item, depth + 1, budget)
    }
  } catch (error) {
    throw within(`[${index}]`, error)
  }
  return `[${text}]`
}

function writeMembers(object: DataObject, depth: number, budget: Budget): string {
  let text = ''
  let key = ''
  try {
    for (key of Object.keys(object)) {
      const value = object[key]
      if (isLeftOut(key, value, budget)) continue
      take(budget, key.length + 3)
      text += (text === '' ? '' : ',') + quote(key) + ':' + write(value, depth + 1, budget)
    }
  } catch (error) {
    throw within(`.${key}`, error)
  }
  return `{${text}}`
}

// The first careless copy would turn the key `__proto__` into a prototype.
function isLeftOut(key: string, value: unknown, budget: Budget): boolean {
  if (value !== undefined && key !== '__proto__') return false
  budget.undefineds--
  if (budget.undefineds < 0) throw tooLarge(budget)
  return true
}

function rejectExtraProperties(list: readonly unknown[]): void {
  const keys = Object.keys(list)
  if (keys.length <= list.length) return
  throw within(`.${keys[list.length]}`, new Problem('is a property of a list, which JSON cannot hold'))
}

function rejectSymbolKeys(value: object): void {
  if (hasEnumerableSymbols(value)) throw new Problem('has a symbol as a key')
}

function taken(text: string, budget: Budget): string {
  take(budget, text.length)
  return text
}

// A UTF-16 unit takes one byte at least.
function take(budget: Budget, units: number): void {
  budget.units -= units
  if (budget.units < 0) throw tooLarge(budget)
}

function tooLarge({ maxBytes, units }: Budget): DataTooLargeError {
  return new DataTooLargeError(maxBytes - Math.min(units, -1), maxBytes)
}

class Problem extends Error {
  /** Where it is, such as `.cart[2].price`. Built while the error passes the callers. */
  path = ''
}

/** Adds a step to the path of a problem. Getters and `toJSON` are the application's code, so the error may be anything. */
function within(step: string, error: unknown): Problem {
  if (error instanceof DataTooLargeError) throw error
  const problem = error instanceof Problem ? error : new Problem('has no JSON form', { cause: error })
  problem.path = `${step}${problem.path}`
  return problem
}

function hasToJSON(value: object): value is { toJSON(): unknown } {
  return typeof (value as { readonly toJSON?: unknown }).toJSON === 'function'
}
