import { maxDepth, type DataObject } from './data.js'
import { isPlain } from './plain-object.js'

/** How many more characters the JSON may have. */
interface Room {
  left: number
}

/**
 * Whether encoding the value would give exactly this JSON. `JSON.stringify` says so in a fraction of the time, but passes over what
 * cannot be stored, so such a value is never the same: whoever wants to know why must encode it.
 *
 * First walks through the value, no further than this JSON could reach: shared references are no cycle, but can double the output at each level.
 */
export function isSameAsStored(json: string, value: unknown): boolean {
  try {
    return fits(value, 0, { left: json.length }) && JSON.stringify(value) === json
  } catch {
    return false // a getter that throws; encoding it says so
  }
}

/** Whether JSON has this value, and all that is in it, without any loss and within the room that is left. */
function fits(value: unknown, depth: number, room: Room): boolean {
  room.left -= typeof value === 'string' ? value.length + 2 : 1
  if (room.left < 0) return false
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
    case 'object':
      if (value === null) return true
      if (depth > maxDepth || !isPlain(value) || Object.getOwnPropertySymbols(value).length > 0) return false
      return Array.isArray(value) ? listFits(value, depth, room) : membersFit(value as DataObject, depth, room)
    default:
      return false
  }
}

function listFits(list: readonly unknown[], depth: number, room: Room): boolean {
  if (list.length > room.left || Object.keys(list).length !== list.length) return false
  for (let index = 0; index < list.length; index++) if (!fits(list[index], depth + 1, room)) return false
  return true
}

function membersFit(object: DataObject, depth: number, room: Room): boolean {
  if (typeof object['toJSON'] === 'function') return false
  for (const key in object) if (!fits(object[key], depth + 1, room)) return false
  return true
}
