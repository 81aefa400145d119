import { checkSize } from '../record/data.js'
import { lineOf } from '../record/encode-data.js'
import { emitEvent } from '../../events.js'
import type { StoreOperation } from '../store-operations.js'
import { fieldsOf, type Changes } from '../record/merge.js'
import { isAlive } from '../policy.js'
import type { Known } from '../cookie/verify-token.js'
import { supersede } from '../record/record.js'
import type { SessionState, SignIn } from './state.js'
import { digestOf, newToken } from '../cookie/token.js'
import { insertRecord, readAgain, replaceRecord, type Owner } from './write.js'

interface How {
  /** Nothing of the session before goes on: it was ended, or belongs to another user. */
  readonly anew: boolean
  /** What the handler had changed when the response began. */
  readonly changes: Changes | undefined
}

/**
 * Carries a sign-in out. Data of whoever had the session before must not flow into it: where an anonymous record was changed, and
 * where any was rotated, taken over or ended meanwhile, the sign-in becomes a session of its own, so that two sign-ins at once both
 * hold. Over the user's own session it insists while the secret stands, so that no token known before stays signed in; there it does
 * not lose what other requests of that user were told is stored, for the keys that `keep` names.
 */
export async function signIn(operation: StoreOperation, state: SessionState, asked: SignIn, how: How): Promise<void> {
  const { userId, remembered, label } = asked
  const owner = { userId, remembered, label }
  const isOver = !how.anew && state.standing === 'owner' && (await signInOver(operation, state, owner, how.changes))
  if (!isOver) {
    const latest = how.anew ? undefined : await latestOf(operation, state, userId)
    const dataLine = latest === undefined ? state.data.encode() : keptLine(state, latest, how.changes)
    const { known, token } = await insertRecord(operation, state.core.policy, dataLine, owner)
    state.adopt(known, token)
  }
  if (state.handle !== undefined) emitEvent('signed-in', { handle: state.handle, userId })
}

async function signInOver(
  operation: StoreOperation,
  state: SessionState,
  owner: Owner,
  changes: Changes | undefined,
): Promise<boolean> {
  const { known, core } = state
  if (known === undefined) return false
  const { rotationGraceMs: graceMs, cookie } = core.policy
  const token = newToken(known.head.handle)
  const digest = digestOf(token, cookie.name)
  const now = operation.now()
  const result = await replaceRecord(
    operation,
    core.policy,
    known,
    ({ head, dataLine }) => ({
      head: { ...supersede(head, digest, { at: now, by: 'sign-in', graceMs }), ...owner, beganAt: now },
      dataLine: keptLine(state, dataLine, changes),
    }),
    { once: known.head.userId === undefined },
  )
  if (result.status !== 'written') return false
  state.adopt(result.known, token)
  return true
}

/** What is stored now of the session that the request came from, if it is this user's. */
async function latestOf(operation: StoreOperation, state: SessionState, userId: string): Promise<string | undefined> {
  const before: Known | undefined = state.known ?? state.arrival.replaced
  const stored = before && (await operation.load(before.head.handle))
  const found = before && stored && readAgain(operation, stored, before)
  if (found === undefined || !isAlive(state.core.policy, found.head, operation.now())) return undefined
  return found.head.userId === userId ? found.dataLine : undefined
}

/** The data of the sign-in, where what `keep` names and the handler left alone is as it is stored now. */
function keptLine(state: SessionState, latest: string, changes: Changes | undefined): string {
  const fields = new Map(fieldsOf(state.data.encode()))
  const stored = fieldsOf(latest)
  for (const key of state.signIn?.keep ?? []) {
    if (changes?.has(key) === true) continue
    const text = stored.get(key)
    if (text === undefined) fields.delete(key)
    else fields.set(key, text)
  }
  return checkSize(lineOf(fields), state.core.policy.maxDataBytes)
}
