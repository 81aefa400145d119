import { changesBetween, fieldsOf, merge } from '../core/merge.js'
import { DataNotEncodableError } from '../errors.js'
import type { Session } from './session.js'

/** The application's values of a session as one line of JSON: what tells whether it was changed. The cookie is not among them. */
export function lineOf(session: object): string {
  const { cookie: _, ...values } = session as Record<string, unknown>
  try {
    return JSON.stringify(values)
  } catch (error) {
    throw new DataNotEncodableError(keyWithoutJson(values), 'has no JSON form', error)
  }
}

function keyWithoutJson(values: Record<string, unknown>): string {
  for (const [key, value] of Object.entries(values)) {
    try {
      JSON.stringify(value)
    } catch {
      return key
    }
  }
  return 'data'
}

/**
 * Takes what others stored meanwhile over into a session: the values that it has not changed itself since `base`. Answers with the
 * keys that both sides changed, to different values; there the session's own stand.
 */
export function adopt(session: Session, base: string, theirs: object): readonly string[] {
  const baseFields = fieldsOf(base)
  const mine = fieldsOf(lineOf(session))
  const merged = merge(baseFields, changesBetween(baseFields, mine), fieldsOf(lineOf(theirs)))
  for (const [key, text] of merged.fields) {
    const isMethod = key in session && !Object.hasOwn(session, key)
    if (mine.get(key) !== text && !isMethod) Reflect.set(session, key, Reflect.get(theirs, key))
  }
  for (const key of mine.keys()) if (!merged.fields.has(key)) Reflect.deleteProperty(session, key)
  return merged.conflicts
}
