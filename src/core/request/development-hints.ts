import type { DataObject } from '../record/data.js'
import type { Changes } from '../record/merge.js'

type Hint = 'returned-data' | 'dropped-by-sign-in' | 'late-change'

const told = new Set<Hint>()

const isOpen = (name: Hint): boolean => process.env['NODE_ENV'] !== 'production' && !told.has(name)

/** While developing: tells the process once of each thing that goes unnoticed otherwise. Keys are named, values never. */
function hint(name: Hint, text: string): void {
  if (!isOpen(name)) return
  told.add(name)
  process.emitWarning(text, { code: 'SESSERA_DEVELOPMENT_HINT' })
}

/**
 * Calls a function given to `update`, and tells of one that gives new data back, as a reducer would, and leaves the session's data as it
 * was.
 */
export function callAndHint<Result>(change: (data: DataObject) => Result, data: DataObject): Result {
  if (!isOpen('returned-data')) return change(data)
  const before = { ...data }
  const answer = change(data)
  if (isPlain(answer) && answer !== data && areSame(before, data) && isFurther(answer, data)) {
    hint(
      'returned-data',
      'The function given to session.update() returned new data and changed nothing, so nothing is stored: change the data that it is given.',
    )
  }
  return answer
}

/** Tells of data that the handler itself has set before its `signIn`, which drops it. */
export function hintAtDataBeforeSignIn(changes: Changes | undefined, keep: readonly string[]): void {
  if (changes === undefined || !isOpen('dropped-by-sign-in')) return
  const dropped = [...changes].filter(([key, text]) => text !== undefined && !keep.includes(key)).map(([key]) => key)
  if (dropped.length === 0) return
  hint(
    'dropped-by-sign-in',
    `session.signIn() drops what the same request has put into session.data before (${dropped.join(', ').slice(0, 100)}): set it after the ` +
      'sign-in, or name it in keep.',
  )
}

/** Tells of data that was changed after the response had begun. */
export function hintAtLateChange(): void {
  hint(
    'late-change',
    'session.data was changed after the response had begun, which is not stored: change it before, or save() it before and wait.',
  )
}

function isPlain(value: unknown): value is DataObject {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

function areSame(before: DataObject, data: DataObject): boolean {
  const keys = Object.keys(data)
  return keys.length === Object.keys(before).length && keys.every((key) => before[key] === data[key])
}

/** Whether it has all of the data, as a copy would, and something else. */
function isFurther(answer: DataObject, data: DataObject): boolean {
  return (
    Object.keys(data).every((key) => Object.hasOwn(answer, key)) &&
    Object.keys(answer).some((key) => answer[key] !== data[key])
  )
}
