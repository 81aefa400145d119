import { decodeData } from './data.js'

/** Data by top-level key, each value as its JSON text: what is compared and merged. */
export type Fields = ReadonlyMap<string, string>

/** What one request did to the data: the new JSON text by key, `undefined` for a key that it removed. */
export type Changes = ReadonlyMap<string, string | undefined>

/** The fields of a data line; none for a line that cannot be read. */
export function fieldsOf(line: string): Fields {
  const fields = new Map<string, string>()
  for (const [key, value] of Object.entries(decodeData(line) ?? {})) fields.set(key, JSON.stringify(value))
  return fields
}

/** The data line that these fields make up, or that changes make of no data. */
export function lineOf(fields: Fields | Changes): string {
  const members: string[] = []
  for (const [key, text] of fields) if (text !== undefined) members.push(`${JSON.stringify(key)}:${text}`)
  return `{${members.join(',')}}`
}

/** What leads from the fields `base` to `mine`. */
export function changesBetween(base: Fields, mine: Fields): Changes {
  const changes = new Map<string, string | undefined>()
  for (const [key, text] of mine) if (base.get(key) !== text) changes.set(key, text)
  for (const key of base.keys()) if (!mine.has(key)) changes.set(key, undefined)
  return changes
}

/** The outcome of a three-way merge. */
export interface Merged {
  readonly fields: Fields
  /** Keys that both sides changed, to different values: mine stand. */
  readonly conflicts: readonly string[]
}

/**
 * Three-way merge by top-level key: `theirs` with my changes on top. Keys that I left alone keep what they wrote; what must
 * agree therefore belongs under one key, or into one `update`.
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
