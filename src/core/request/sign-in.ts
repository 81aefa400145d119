import { emitEvent } from '../../events.js'
import { SignInRevokedError } from '../../errors.js'
import type { Handle } from '../../store.js'
import { digestOf, newToken } from '../cookie/token.js'
import { isAlive, timeoutsFor } from '../policy.js'
import { checkSize, emptyLine } from '../record/data.js'
import { joinFields } from '../record/encode-data.js'
import { splitFields, type Changes } from '../record/merge.js'
import { supersede } from '../record/record.js'
import type { StoreOperation } from '../store-operations.js'
import { endOldest, enterIndex, mostSessionsOf, withdraw } from '../users/enter-index.js'
import { dropEntries } from '../users/entries.js'
import type { SessionState, SignIn } from './session-state.js'
import { insertRecord, readStored, replaceRecord, type SignInFields } from './write-record.js'

/**
 * Carries a sign-in out. `previous` is `ended` if the handler ended that session or it belongs to another user.
 *
 * Data that others put into the session must not get into the signed-in one. So if an anonymous record was changed meanwhile, or any
 * record was rotated, signed in to or ended, the sign-in gets a new session, and two concurrent sign-ins both succeed. Over the user's own
 * session it retries while the secret is the same, so that no earlier token stays signed in, and keeps what other requests of the user
 * have stored under the keys of `keep`.
 *
 * The order makes "sign out everywhere" exact, also if this process dies in between: first the record exists without the user, then it is
 * entered in the user's index, and only then it becomes the user's.
 *
 * @throws SignInRevokedError if the user was signed out everywhere meanwhile · SessionLimitError
 */
export async function signIn(
  operation: StoreOperation,
  state: SessionState,
  { userId, remembered, label, device }: SignIn,
  changes: Changes,
  previous: 'continues' | 'ended',
): Promise<void> {
  const fields = { userId, remembered, label, device }
  const most = await mostSessionsOf(operation, userId)
  const enter: Enter = (handle, mustExist = false) => {
    const lifetimeMs = timeoutsFor(operation.policy, fields).absoluteMs
    return enterIndex(operation, userId, { handle, openedAt: state.openedAt, lifetimeMs, mustExist }, most)
  }
  const canWriteOver = previous === 'continues' && state.tokenStatus === 'current'
  const isDone = canWriteOver && (await signInOver(operation, state, fields, changes, enter))
  if (!isDone) {
    // Only there do entries count that lead to no session of the user.
    if (canWriteOver && most !== Infinity && operation.policy.onOverflow === 'refuse')
      await withdraw(operation, userId, state.handle)
    const latest = previous === 'continues' ? await loadDataOf(userId, operation, state) : undefined
    const dataLine = latest === undefined ? state.data.encode() : withKept(state, latest, changes)
    await signInAnew(operation, state, fields, dataLine, enter)
  }
  // Also if this one was among the first to be entered: it may be the last to be stored.
  if (most !== Infinity) await endOverflow(operation, state, userId, most)
  if (state.handle !== undefined) emitEvent('signed-in', { handle: state.handle, userId })
}

/** Resolves to whether it is entered; not if the session must exist and does not. */
type Enter = (handle: Handle, mustExist?: boolean) => Promise<boolean>

/** Signs in over the session's record. Resolves to whether that was possible. */
async function signInOver(
  operation: StoreOperation,
  state: SessionState,
  fields: SignInFields,
  changes: Changes,
  enter: Enter,
): Promise<boolean> {
  const { record: known } = state
  if (known === undefined) return false
  await enter(known.head.handle)
  const { rotationGraceMs: graceMs, cookie } = operation.policy
  const token = newToken(known.head.handle)
  const digest = digestOf(token, cookie.name)
  const now = operation.now()
  const result = await replaceRecord(
    operation,
    known,
    ({ head, dataLine }) => ({
      head: {
        ...supersede(head, digest, { at: now, by: 'sign-in', graceMs }),
        ...fields,
        beganAt: now,
        signedInAt: undefined,
      },
      dataLine: withKept(state, dataLine, changes),
    }),
    { onConflict: known.head.userId === undefined ? 'give-up' : 'retry' },
  )
  if (result.status !== 'written') return false
  state.setStored(result.record, token)
  operation.ends.rotated(result.record.head)
  return true
}

/** Signs in to a new session. */
async function signInAnew(
  operation: StoreOperation,
  state: SessionState,
  fields: SignInFields,
  dataLine: string,
  enter: Enter,
): Promise<void> {
  const { users } = operation
  if (users === undefined) {
    const { record, token } = await insertRecord(operation, dataLine, fields)
    return state.setStored(record, token)
  }
  let entering: ReturnType<Enter> | undefined
  const afterInsert = (handle: Handle): void => {
    if (!users.seesRecords) return
    entering = enter(handle, true)
    entering.catch(() => {}) // the insert may fail first
  }
  const { remembered } = fields
  const { record, token } = await insertRecord(operation, emptyLine, { remembered }, afterInsert)
  // If the insert was late, the entry may have been found without its record, and dropped.
  if (!(await entering)) await enter(token.handle)
  const result = await replaceRecord(operation, record, ({ head }) => ({ head: { ...head, ...fields }, dataLine }))
  // Nobody but `user().end()` knows of this record.
  if (result.status !== 'written') throw new SignInRevokedError()
  state.setStored(result.record, token)
}

/** Ends the user's oldest sessions, if those are to make room. */
async function endOverflow(
  operation: StoreOperation,
  state: SessionState,
  userId: string,
  most: number,
): Promise<void> {
  if (operation.policy.onOverflow === 'refuse') return
  const { operations, background } = state.services
  const ended = await endOldest(operation, userId, most)
  background.start(dropEntries(operations, userId, ended))
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
