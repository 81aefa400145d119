import type { SessionState } from './session-state.js'

/** Empty data for a session that can only be read. Changing it throws, and says why. */
export function readOnlyData(state: SessionState): object {
  const reject = (_target: object, property: string | symbol): boolean => {
    state.assertWritable(`session.data.${String(property)} was changed`)
    return false
  }
  const target = Object.create(null) as object
  return new Proxy(target, { set: reject, defineProperty: reject, deleteProperty: reject })
}
