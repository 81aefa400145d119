import { emitEvent } from '../../events.js'
import { digestOf, newToken } from '../cookie/token.js'
import { isAlive } from '../policy.js'
import { checkSize } from '../record/data.js'
import { joinFields } from '../record/encode-data.js'
import { splitFields, type Changes } from '../record/merge.js'
import { supersede } from '../record/record.js'
import type { StoreOperation } from '../store-operations.js'
import type { SessionState, SignIn } from './session-state.js'
import { insertRecord, readStored, replaceRecord, type SignInFields } from './write-record.js'

/**
 * Carries a sign-in out. `previous` is `ended` if the handler ended that session or it belongs to another user.
 *
 * Data that others put into the session must not get into the signed-in one. So if an anonymous record was changed meanwhile, or any
 * record was rotated, signed in to or ended, the sign-in gets a new session, and two concurrent sign-ins both succeed. Over the user's own
 * session it retries while the secret is the same, so that no earlier token stays signed in, and keeps what other requests of the user
 * have stored under the keys of `keep`.
 */
export async function signIn(
  operation: StoreOperation,
  state: SessionState,
  { userId, remembered, label }: SignIn,
  changes: Changes,
  previous: 'continues' | 'ended',
): Promise<void> {
  const fields = { userId, remembered, label }
  const canWriteOver = previous === 'continues' && state.tokenStatus === 'current'
  if (!canWriteOver || !(await signInOver(operation, state, fields, changes))) {
    const latest = previous === 'continues' ? await loadDataOf(userId, operation, state) : undefined
    const dataLine = latest === undefined ? state.data.encode() : withKept(state, latest, changes)
    const { record, token } = await insertRecord(operation, dataLine, fields)
    state.setStored(record, token)
  }
  if (state.handle !== undefined) emitEvent('signed-in', { handle: state.handle, userId })
}

/** Signs in over the session's record. Resolves to whether that was possible. */
async function signInOver(
  operation: StoreOperation,
  state: SessionState,
  fields: SignInFields,
  changes: Changes,
): Promise<boolean> {
  const { record: known } = state
  if (known === undefined) return false
  const { rotationGraceMs: graceMs, cookie } = operation.policy
  const token = newToken(known.head.handle)
  const digest = digestOf(token, cookie.name)
  const now = operation.now()
  const result = await replaceRecord(
    operation,
    known,
    ({ head, dataLine }) => ({
      head: { ...supersede(head, digest, { at: now, by: 'sign-in', graceMs }), ...fields, beganAt: now },
      dataLine: withKept(state, dataLine, changes),
    }),
    { onConflict: known.head.userId === undefined ? 'give-up' : 'retry' },
  )
  if (result.status === 'written') state.setStored(result.record, token)
  return result.status === 'written'
}

/** The stored data of the session that the request came from, if that is this user's. */
async function loadDataOf(userId: string, operation: StoreOperation, state: SessionState): Promise<string | undefined> {
  const before = state.record ?? state.incoming.record
  const stored = before && (await operation.load(before.head.handle))
  const found = before && stored && readStored(operation, stored, before)
  const isUsers = found?.head.userId === userId && isAlive(operation.policy, found.head, operation.now())
  return isUsers ? found.dataLine : undefined
}

/** The data of the sign-in, with the keys of `keep` that the handler did not change as they are in `latest`. */
function withKept(state: SessionState, latest: string, changes: Changes): string {
  const fields = new Map(splitFields(state.data.encode()))
  const stored = splitFields(latest)
  for (const key of state.signIn?.keep ?? []) {
    if (changes.has(key)) continue
    const text = stored.get(key)
    if (text === undefined) fields.delete(key)
    else fields.set(key, text)
  }
  return checkSize(joinFields(fields), state.services.operations.policy.maxDataBytes)
}
