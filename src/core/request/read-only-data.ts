import type { SessionState } from './session-state.js'

/** Empty data for a session that can only be read. Changing it throws, and says why. */
function readOnlyData(state: SessionState): object {
  const reject = (_target: object, property: string | symbol): boolean => {
    state.assertWritable(`session.data.${String(property)} was changed`)
    return false
  }
  const target = Object.create(null) as object
  return new Proxy(target, { set: reject, defineProperty: reject, deleteProperty: reject })
}

/** What `look` returns. Logging a session does not make the response depend on its cookie. */
export function withoutReading<Result>(state: SessionState, look: () => Result): Result {
  const { isRead } = state
  const result = look()
  state.isRead = isRead
  return result
}

/** What the handler works on. While the store is unavailable, it cannot be changed. */
export function dataOf(state: SessionState): object {
  return state.outage === undefined ? state.data.object : readOnlyData(state)
}
