import { InsecureRequestError, SessionEndedError } from '../errors.js'
import { emitEvent } from './events.js'
import type { StoreCalls } from './guarded-store.js'
import { lineOf, type Changes } from './merge.js'
import type { Outcome } from './outcome.js'
import { absoluteDeadline } from './policy.js'
import type { Known } from './recognise.js'
import { warnOfDevelopmentCookie } from './request.js'
import type { SessionState, SignIn } from './state.js'
import { storeChanges } from './store-changes.js'
import { supersede } from './record.js'
import { digestOf, newToken } from './token.js'
import { insertRecord, replaceRecord, type Owner } from './write.js'

/** Carries the outcome out and gives the `Set-Cookie` values to send. Rejects when anything of it could not be stored. */
export async function carryOut(
  calls: StoreCalls,
  state: SessionState,
  outcome: Outcome,
  changes: Changes | undefined,
): Promise<string[]> {
  const refused = isRefused(state, outcome)
  const removed = outcome.end && (await endSession(calls, state.ended ?? state.known))
  // Only now, as a sign-out must not depend on whether the next session's cookie can be set.
  if (refused) throw new InsecureRequestError()
  await write(calls, state, outcome, changes)
  if (state.issued !== undefined) return [cookieFor(state, calls.now())]
  return removed ? [state.choice.cookie.clear()] : []
}

/** Whether the cookie must be set but may not be. */
export function isRefused({ choice }: SessionState, { write: kind }: Outcome): boolean {
  return !choice.maySet && (kind === 'insert' || kind === 'rotate' || kind === 'sign-in')
}

/** Whether there was something to remove. */
async function endSession(calls: StoreCalls, known: Known | undefined): Promise<boolean> {
  if (known === undefined) return false
  const { handle } = known.head
  const removed = (await calls.remove(handle)) === 'removed'
  if (removed) emitEvent('ended', { handle })
  return removed
}

async function write(
  calls: StoreCalls,
  state: SessionState,
  outcome: Outcome,
  changes: Changes | undefined,
): Promise<void> {
  switch (outcome.write) {
    case 'insert':
      return insert(calls, state, lineOf(changes ?? new Map()), { remembered: false })
    case 'replace':
      return replace(calls, state, changes)
    case 'rotate':
      return rotate(calls, state, changes)
    case 'sign-in':
      return state.signIn && signIn(calls, state, state.signIn, outcome.end)
    case 'refuse':
    case 'drop':
      if (state.cameWith !== undefined) emitEvent('changes-dropped', { handle: state.cameWith, reason: 'superseded' })
      if (outcome.write === 'refuse') throw new SessionEndedError()
      return undefined
    default:
      return undefined
  }
}

async function insert(calls: StoreCalls, state: SessionState, dataLine: string, owner: Owner): Promise<void> {
  const { known, token } = await insertRecord(calls, state.core.policy, dataLine, owner)
  state.adopt(known, token)
}

async function replace(calls: StoreCalls, state: SessionState, changes: Changes = new Map()): Promise<void> {
  const result = await storeChanges(calls, state, changes)
  if (result.status === 'written') return state.adopt(result.known)
  // The session goes on, and its changes must not pass for stored; those of one that is no more are dropped.
  if (result.status === 'superseded') throw new SessionEndedError()
  // A token that was to be sent opens nothing any more once its session is gone.
  state.issued = undefined
}

async function rotate(calls: StoreCalls, state: SessionState, changes: Changes = new Map()): Promise<void> {
  const token = newToken(state.handle)
  const digest = digestOf(token)
  const now = calls.now()
  const graceMs = state.core.policy.rotationGraceMs
  const result = await storeChanges(calls, state, changes, (head) =>
    supersede(head, digest, { at: now, by: 'rotate', graceMs }),
  )
  state.issued = undefined
  if (result.status === 'superseded' && changes.size > 0) throw new SessionEndedError()
  if (result.status !== 'written') return
  state.adopt(result.known, token)
  emitEvent('rotated', { handle: token.handle })
}

/**
 * A commit that signs in never merges: data of whoever had the session before must not flow into it. Where the record was
 * changed, rotated or ended meanwhile, the sign-in becomes a session of its own, so that two sign-ins at once both hold. Only
 * over the user's own session it insists while the secret stands, so that no token known before stays signed in.
 */
async function signIn(
  calls: StoreCalls,
  state: SessionState,
  { userId, remembered, label }: SignIn,
  anew: boolean,
): Promise<void> {
  const owner = { userId, remembered, label }
  const signedIn = !anew && state.standing === 'owner' && (await signInOver(calls, state, owner))
  if (!signedIn) await insert(calls, state, state.data.encode(), owner)
  if (state.handle !== undefined) emitEvent('signed-in', { handle: state.handle, userId })
}

async function signInOver(calls: StoreCalls, state: SessionState, owner: Owner): Promise<boolean> {
  const { known, core } = state
  if (known === undefined) return false
  const token = newToken(known.head.handle)
  const digest = digestOf(token)
  const dataLine = state.data.encode()
  const now = calls.now()
  const result = await replaceRecord(
    calls,
    core.policy,
    known,
    ({ head }) => ({
      head: {
        ...supersede(head, digest, { at: now, by: 'sign-in', graceMs: core.policy.rotationGraceMs }),
        ...owner,
        beganAt: now,
      },
      dataLine,
    }),
    { once: known.head.userId === undefined },
  )
  if (result.status !== 'written') return false
  state.adopt(result.known, token)
  return true
}

/** The `Set-Cookie` value of a token that was issued and whose session stands. */
export function cookieFor({ choice, core, known, issued }: SessionState, now: number): string {
  warnOfDevelopmentCookie(choice, core.policy)
  const value = issued?.text ?? ''
  if (known === undefined || !known.head.remembered) return choice.cookie.set(value)
  return choice.cookie.set(value, Math.max(0, Math.floor((absoluteDeadline(core.policy, known.head) - now) / 1000)))
}
