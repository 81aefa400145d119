import { InvalidArgumentError } from '../../errors.js'
import { assertDataWritable } from './read-only-data.js'
import type { SessionState } from './session-state.js'

/** `session.data = values`. */
export function replaceData(state: SessionState, values: object): void {
  if (typeof values !== 'object' || values === null || Array.isArray(values))
    throw new InvalidArgumentError('session.data can only be set to a plain object.')
  assertDataWritable(state, 'session.data was set')
  const copy = { ...values }
  state.data.keepOnly([])
  Object.assign(state.data.object, copy)
}
