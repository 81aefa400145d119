type Members = Record<string, unknown>

/** Instead of a copy of a value that `encodeFields` cannot have written. */
export const beyondBounds: unique symbol = Symbol('beyond bounds')

/** A copy of parsed JSON, for `isUnchanged`. `beyondBounds` if more levels than `depth` are in it, or a number that is not finite. */
export function copyOf(value: unknown, depth: number): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : beyondBounds
  if (typeof value !== 'object' || value === null) return value
  if (depth < 0) return beyondBounds
  return Array.isArray(value) ? copyOfList(value, depth) : copyOfObject(value as Members, depth)
}

function copyOfList(list: readonly unknown[], depth: number): unknown {
  const copy: unknown[] = list.slice()
  for (let index = 0; index < copy.length; index++) {
    const item = copyOf(copy[index], depth - 1)
    if (item === beyondBounds) return beyondBounds
    copy[index] = item
  }
  return copy
}

function copyOfObject(object: Members, depth: number): unknown {
  const copy = { ...object }
  for (const key in copy) {
    const before = copy[key]
    const value = copyOf(before, depth - 1)
    if (value === beyondBounds) return beyondBounds
    if (value !== before) copy[key] = value
  }
  return copy
}

/**
 * Whether a value is certainly still what it was when it was copied, so that it need not be encoded to find that out. Some that would be encoded alike
 * count as changed, such as those with another prototype. Throws what a getter in it throws.
 */
export function isUnchanged(value: unknown, copy: unknown): boolean {
  if (typeof copy !== 'object' || copy === null) return Object.is(value, copy)
  if (typeof value !== 'object' || value === null || Object.getOwnPropertySymbols(value).length > 0) return false
  return Array.isArray(copy)
    ? isUnchangedList(value as readonly unknown[], copy)
    : isUnchangedObject(value as Members, copy as Members)
}

function isUnchangedList(list: readonly unknown[], copy: readonly unknown[]): boolean {
  if (Object.getPrototypeOf(list) !== Array.prototype || list.length !== copy.length) return false
  if (Object.keys(list).length !== copy.length) return false // it has holes, or properties
  for (let index = 0; index < copy.length; index++) if (!isUnchanged(list[index], copy[index])) return false
  return true
}

function isUnchangedObject(object: Members, copy: Members): boolean {
  const prototype: unknown = Object.getPrototypeOf(object)
  if (prototype !== null && prototype !== Object.prototype) return false
  let added = 0
  for (const key in object) {
    if (!isUnchanged(object[key], copy[key])) return false
    added++
  }
  for (const _key in copy) added--
  return added === 0
}
