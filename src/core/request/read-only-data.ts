import { DataReadOnlyError } from '../../errors.js'
import { decodeOrEmpty, emptyLine } from '../record/data.js'
import type { SessionRecord } from '../record/record.js'
import type { SessionState } from './session-state.js'

/** Throws where nothing would store that `data` was changed. */
export function assertDataWritable(state: SessionState, what: string): void {
  state.assertWritable(what)
  if (state.isDetached) throw new DataReadOnlyError(what)
}

/** Data that can only be read. Changing it throws, and says why; changing something inside a value throws a `TypeError`. */
function readOnlyData(state: SessionState, values: object): object {
  const reject = (_target: object, property: string | symbol): boolean => {
    assertDataWritable(state, `session.data.${String(property)} was changed`)
    return false
  }
  return new Proxy(values, { set: reject, defineProperty: reject, deleteProperty: reject })
}

/** What `look` returns. Logging a session does not make the response depend on its cookie. */
export function withoutReading<Result>(state: SessionState, look: () => Result): Result {
  const { isRead } = state
  const result = look()
  state.isRead = isRead
  return result
}

/** What the handler works on. It can only be read while the store is unavailable, and where no response waits for its changes. */
export function dataOf(state: SessionState): object {
  if (state.outage !== undefined) return readOnlyData(state, Object.create(null) as object)
  return state.isDetached ? readOnlyData(state, storedValues(state)) : state.data.object
}

const decoded = new WeakMap<SessionRecord, object>()

/** What is stored, as far as this request knows. */
function storedValues({ record }: SessionState): object {
  if (record === undefined) return freeze(decodeOrEmpty(emptyLine, undefined))
  const values = decoded.get(record) ?? freeze(decodeOrEmpty(record.dataLine, record.head.handle))
  decoded.set(record, values)
  return values
}

function freeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) for (const part of Object.values(Object.freeze(value))) freeze(part)
  return value
}
