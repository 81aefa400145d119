import { parseData } from './data.js'
import { encodeFields, type Fields } from './encode-data.js'

/** The changes of one request: the new JSON text by key, or `undefined` for a removed key. */
export type Changes = ReadonlyMap<string, string | undefined>

/** The fields of a data line; none if it cannot be read. */
export function splitFields(line: string): Fields {
  try {
    return encodeFields(parseData(line) ?? {})
  } catch {
    return new Map()
  }
}

/** The changes from `base` to `mine`. */
export function changesBetween(base: Fields, mine: Fields): Changes {
  const changes = new Map<string, string | undefined>()
  for (const [key, text] of mine) if (base.get(key) !== text) changes.set(key, text)
  for (const key of base.keys()) if (!mine.has(key)) changes.set(key, undefined)
  return changes
}

/** The outcome of a three-way merge. */
export interface Merged {
  readonly fields: Fields
  /** Keys that both sides changed to different values. Mine are kept. */
  readonly conflicts: readonly string[]
}

/**
 * Three-way merge by top-level key: my changes on top of `theirs`. So values that must stay consistent belong under one key, or into
 * one `update`.
 */
export function merge(base: Fields, changes: Changes, theirs: Fields): Merged {
  const fields = new Map(theirs)
  const conflicts: string[] = []
  for (const [key, mine] of changes) {
    const their = theirs.get(key)
    if (their !== base.get(key) && their !== mine) conflicts.push(key)
    if (mine === undefined) fields.delete(key)
    else fields.set(key, mine)
  }
  return { fields, conflicts }
}
