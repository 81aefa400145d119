import type { DataObject } from '../record/data.js'
import type { Changes } from '../record/merge.js'

type Hint = 'returned-data' | 'dropped-by-sign-in' | 'late-change'

const given = new Set<Hint>()

/** Whether this hint may still be given. */
export function isWanted(name: Hint): boolean {
  return !given.has(name) && process.env['NODE_ENV'] !== 'production'
}

/** During development, warns once per process about a mistake that otherwise goes unnoticed. Names keys, never values. */
function hint(name: Hint, text: string): void {
  if (!isWanted(name)) return
  given.add(name)
  process.emitWarning(text, { code: 'SESSERA_DEVELOPMENT_HINT' })
}

/**
 * Calls a function given to `update`, and hints if it returns new data, as a reducer would, instead of changing the data.
 */
export function callAndHint<Result>(change: (data: DataObject) => Result, data: DataObject): Result {
  if (!isWanted('returned-data')) return change(data)
  const before = { ...data }
  const answer = change(data)
  if (isPlain(answer) && answer !== data && areSame(before, data) && isChangedCopy(answer, data)) {
    hint(
      'returned-data',
      'The function given to session.update() returned new data and changed nothing, so nothing is stored: change its argument instead.',
    )
  }
  return answer
}

/** Hints at data that the handler set before `signIn`, which drops it. */
export function hintAtDataBeforeSignIn(changes: Changes | undefined, keep: readonly string[]): void {
  if (changes === undefined || !isWanted('dropped-by-sign-in')) return
  const dropped = [...changes].filter(([key, text]) => text !== undefined && !keep.includes(key)).map(([key]) => key)
  if (dropped.length === 0) return
  hint(
    'dropped-by-sign-in',
    `session.signIn() drops the data that the same request set before it (${dropped.join(', ').slice(0, 100)}): set it after the sign-in, ` +
      'or name it in keep.',
  )
}

/** Hints at data that was changed after the response had begun. */
export function hintAtLateChange(): void {
  hint(
    'late-change',
    'session.data was changed after the response had begun, so the change is not stored: change it earlier.',
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

/** Whether it has all keys of the data, as a copy would, and something different. */
function isChangedCopy(answer: DataObject, data: DataObject): boolean {
  return (
    Object.keys(data).every((key) => Object.hasOwn(answer, key)) &&
    Object.keys(answer).some((key) => answer[key] !== data[key])
  )
}
