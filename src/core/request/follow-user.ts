import { checkFoundUser } from '../../engine/user-id.js'
import type { DataObject } from '../record/data.js'
import type { SessionState } from './session-state.js'

/** The user that the option `userId` finds in the data. Throws `InvalidArgumentError` for what cannot be a user id. */
function userIn(state: SessionState, data: DataObject): string | undefined {
  return checkFoundUser(state.services.operations.policy.userIdOf?.(data))
}

function signedInUser({ tokenStatus, record }: SessionState): string | undefined {
  return tokenStatus === 'current' ? record?.head.userId : undefined
}

function hasOption({ services }: SessionState): boolean {
  return services.operations.policy.userIdOf !== undefined
}

/** Whether this data signs another user in, or the user out. Such data is stored with the response only, under a new secret. */
export function changesUser(state: SessionState, data: DataObject): boolean {
  if (!hasOption(state) || state.signIn !== undefined) return false
  return userIn(state, data) !== signedInUser(state)
}

/**
 * With the option `userId`: if the handler has changed whom the data names, signs that user in with all of the data, or leaves an anonymous session.
 * Whatever the response's status, since the application reads its user from the data.
 */
export function followUser(state: SessionState): void {
  if (!hasOption(state) || !state.hasReadData || state.outage !== undefined) return
  const { object } = state.data
  if (state.data.changes() === undefined || !changesUser(state, object)) return
  const userId = userIn(state, object)
  const remembered = state.remembers || state.record?.head.remembered === true
  // No session becomes another user's.
  if (signedInUser(state) !== undefined) state.endButKeepData()
  if (userId === undefined) return
  state.followsData = true
  state.remembers = remembered
  const keep = Object.keys(object)
  state.requested = { userId, remembered, label: undefined, device: undefined, keep, changesBefore: undefined }
}
