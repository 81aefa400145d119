import { InsecureRequestError, SessionSupersededError } from '../../errors.js'
import { tellOfDomain } from '../cookie/domain.js'
import { lineOf } from '../record/encode-data.js'
import { emitEvent } from '../../events.js'
import type { StoreOperation } from '../store-operations.js'
import type { Changes } from '../record/merge.js'
import type { Outcome } from './outcome.js'
import { absoluteDeadline } from '../policy.js'
import type { Known } from '../cookie/verify-token.js'
import { warnOfDevelopmentCookie } from './request-context.js'
import { signIn } from './sign-in.js'
import type { SessionState } from './state.js'
import { storeChanges } from './store-changes.js'
import { supersede } from '../record/record.js'
import { digestOf, newToken } from '../cookie/token.js'
import { insertRecord, type Owner } from './write.js'

/** Carries the outcome out and gives the `Set-Cookie` values to send. Rejects when anything of it could not be stored. */
export async function carryOut(
  operation: StoreOperation,
  state: SessionState,
  outcome: Outcome,
  changes: Changes | undefined,
): Promise<string[]> {
  const { cookie } = state.choice
  const refused = isRefused(state, outcome)
  if (outcome.end) await endAll(operation, state.ended ?? [state.known])
  // Only now, as a sign-out must not depend on whether the next session's cookie can be set.
  if (refused) throw new InsecureRequestError()
  // What else lives under the same name would stand beside the new cookie.
  if (outcome.write === 'sign-in') await endAll(operation, state.arrival.others ?? [])
  await write(operation, state, outcome, changes)
  if (state.issued !== undefined) return [...cookie.clearFormer, cookieFor(state, operation.now())]
  return state.ended !== undefined && state.arrival.hasCookie ? [...cookie.clearFormer, cookie.clear()] : []
}

/** Whether the cookie must be set but may not be. */
export function isRefused({ choice }: SessionState, { write: kind }: Outcome): boolean {
  return !choice.maySet && (kind === 'insert' || kind === 'rotate' || kind === 'sign-in')
}

async function endAll(operation: StoreOperation, sessions: readonly (Known | undefined)[]): Promise<void> {
  const end = async (known: Known | undefined): Promise<void> => {
    if (known === undefined) return
    const { handle } = known.head
    if ((await operation.remove(handle)) === 'removed') emitEvent('ended', { handle })
  }
  await Promise.all(sessions.map(end))
}

async function write(
  operation: StoreOperation,
  state: SessionState,
  outcome: Outcome,
  changes: Changes | undefined,
): Promise<void> {
  switch (outcome.write) {
    case 'insert':
      return insert(operation, state, lineOf(changes ?? new Map()), { remembered: state.remembers })
    case 'replace':
      return replace(operation, state, changes)
    case 'rotate':
      return rotate(operation, state, changes)
    case 'sign-in':
      return state.signIn && signIn(operation, state, state.signIn, { anew: outcome.end, changes })
    case 'refuse':
    case 'drop':
      if (state.arrival.handle !== undefined)
        emitEvent('changes-dropped', { handle: state.arrival.handle, reason: 'superseded' })
      if (outcome.write === 'refuse') throw new SessionSupersededError()
      return undefined
    default:
      return undefined
  }
}

async function insert(operation: StoreOperation, state: SessionState, dataLine: string, owner: Owner): Promise<void> {
  const { known, token } = await insertRecord(operation, state.core.policy, dataLine, owner)
  state.adopt(known, token)
}

async function replace(operation: StoreOperation, state: SessionState, changes: Changes = new Map()): Promise<void> {
  const result = await storeChanges(operation, state, changes)
  if (result.status === 'written') return state.adopt(result.known)
  // The session goes on, and its changes must not pass for stored; those of one that is no more are dropped.
  if (result.status === 'superseded') throw new SessionSupersededError()
  // A token that was to be sent opens nothing any more once its session is gone.
  state.issued = undefined
}

async function rotate(operation: StoreOperation, state: SessionState, changes: Changes = new Map()): Promise<void> {
  const token = newToken(state.handle)
  const digest = digestOf(token, state.core.policy.cookie.name)
  const now = operation.now()
  const graceMs = state.core.policy.rotationGraceMs
  const result = await storeChanges(operation, state, changes, (head) => ({
    ...supersede(head, digest, { at: now, by: 'rotate', graceMs }),
    remembered: head.remembered || state.remembers,
  }))
  state.issued = undefined
  if (result.status === 'superseded' && changes.size > 0) throw new SessionSupersededError()
  if (result.status !== 'written') return
  state.adopt(result.known, token)
  emitEvent('rotated', { handle: token.handle })
}

/** The `Set-Cookie` value of a token that was issued and whose session stands. */
export function cookieFor({ choice, core, known, issued }: SessionState, now: number): string {
  warnOfDevelopmentCookie(choice, core.policy)
  tellOfDomain(choice.cookie.domain, choice.host)
  const value = issued?.text ?? ''
  if (known === undefined || !known.head.remembered) return choice.cookie.set(value)
  return choice.cookie.set(value, Math.max(0, Math.floor((absoluteDeadline(core.policy, known.head) - now) / 1000)))
}
