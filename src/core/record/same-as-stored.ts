import { maxDepth, type DataObject } from './data.js'
import { isPlain } from './plain-object.js'

/**
 * Whether encoding the value would give exactly this JSON. `JSON.stringify` says so in a fraction of the time, but passes over what
 * cannot be stored, so such a value is never the same: whoever wants to know why must encode it.
 */
export function isSameAsStored(json: string, value: unknown): boolean {
  try {
    return JSON.stringify(value) === json && isStorable(value, 0)
  } catch {
    return false // a cycle, or a getter that throws; encoding it says so
  }
}

/** Whether JSON has this value, and all that is in it, without any loss. */
function isStorable(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
    case 'object':
      if (value === null) return true
      if (depth > maxDepth || !isPlain(value) || Object.getOwnPropertySymbols(value).length > 0) return false
      return Array.isArray(value) ? isStorableList(value, depth) : areStorableMembers(value as DataObject, depth)
    default:
      return false
  }
}

function isStorableList(list: readonly unknown[], depth: number): boolean {
  if (Object.keys(list).length !== list.length) return false
  for (let index = 0; index < list.length; index++) if (!isStorable(list[index], depth + 1)) return false
  return true
}

function areStorableMembers(object: DataObject, depth: number): boolean {
  for (const key in object) {
    const value = object[key]
    if (value !== undefined && !isStorable(value, depth + 1)) return false
  }
  return typeof object['toJSON'] !== 'function'
}
