import { SessionSupersededError } from '../../errors.js'
import { emitEvent, type EndReason } from '../../events.js'
import type { Handle } from '../../store.js'
import { warnOfDomainMismatch } from '../cookie/domain.js'
import { digestOf, newToken, type Token } from '../cookie/token.js'
import { absoluteDeadline } from '../policy.js'
import { joinFields } from '../record/encode-data.js'
import type { Changes } from '../record/merge.js'
import { supersede, type RecordHead } from '../record/record.js'
import type { StoreOperation } from '../store-operations.js'
import { dropEntries } from '../users/entries.js'
import type { CommitPlan } from './commit-plan.js'
import { reauthenticate } from './reauthenticate.js'
import { warnOfDevelopmentCookie } from './request-context.js'
import { signIn } from './sign-in.js'
import type { SessionState } from './session-state.js'
import { writeChanges } from './write-in-turn.js'
import { insertRecord } from './write-record.js'
import { assertMaySetCookie } from './request-context.js'

const noChanges: Changes = new Map()

/** Carries the plan out and returns the `Set-Cookie` values to send. Rejects if any part of it could not be stored. */
export async function executePlan(
  operation: StoreOperation,
  state: SessionState,
  plan: CommitPlan,
  changes: Changes = noChanges,
): Promise<string[]> {
  const { choice, incoming } = state
  const { cookie } = choice
  if (plan.end) await endAll(operation, state, [...(state.ended ?? [state.handle])], endReason(plan))
  // Only after the end: a sign-out must not depend on whether the cookie of the next session can be set.
  if (needsNewCookie(plan)) assertMaySetCookie(choice)
  // Other sessions with the same cookie name would compete with the new one.
  if (plan.write === 'sign-in') await endAll(operation, state, incoming.others ?? [], 'replaced')
  await write(operation, state, plan, changes)
  if (state.issued !== undefined) return [...cookie.clearFormer, setCookie(state, operation.now())]
  return state.ended !== undefined && incoming.hasCookie ? [...cookie.clearFormer, cookie.clear()] : []
}

/** Whether the plan issues a new token. */
export function needsNewCookie({ write: kind }: CommitPlan): boolean {
  return kind === 'insert' || kind === 'rotate' || kind === 'reauthenticate' || kind === 'sign-in'
}

async function endAll(
  operation: StoreOperation,
  { incoming: { record }, services: { operations, background } }: SessionState,
  handles: readonly (Handle | undefined)[],
  reason: EndReason,
): Promise<void> {
  const end = async (handle: Handle | undefined): Promise<void> => {
    if (handle === undefined || (await operation.remove(handle)) !== 'removed') return
    const head = record?.head.handle === handle ? record.head : undefined
    const userId = head?.userId
    operation.ends.ended({ handle, reason, userId }, { head })
    if (userId !== undefined) background.start(dropEntries(operations, userId, [handle]))
  }
  await Promise.all(handles.map(end))
}

function endReason({ write: kind }: CommitPlan): EndReason {
  return kind === 'sign-in' ? 'replaced' : 'signed-out'
}

function write(
  operation: StoreOperation,
  state: SessionState,
  plan: CommitPlan,
  changes: Changes,
): Promise<void> | undefined {
  switch (plan.write) {
    case 'insert':
      return insert(operation, state, changes)
    case 'replace':
      return replace(operation, state, changes)
    case 'rotate':
      return replace(operation, state, changes, newToken(state.handle))
    case 'reauthenticate':
      return reauthenticate(operation, state, changes)
    case 'sign-in':
      return state.signIn && signIn(operation, state, state.signIn, changes, plan.end ? 'ended' : 'continues')
    case 'reject':
    case 'drop': {
      const handle = state.incoming.record?.head.handle
      if (handle !== undefined) emitEvent('changes-dropped', { handle, reason: 'superseded' })
      if (plan.write === 'reject') throw new SessionSupersededError()
      return undefined
    }
    default:
      return undefined
  }
}

async function insert(operation: StoreOperation, state: SessionState, changes: Changes): Promise<void> {
  const { record, token } = await insertRecord(operation, joinFields(changes), { remembered: state.remembers })
  state.setStored(record, token)
}

/** Writes the changes over the session; with a token, under that one. */
async function replace(operation: StoreOperation, state: SessionState, changes: Changes, token?: Token): Promise<void> {
  const { rotationGraceMs: graceMs, cookie } = operation.policy
  const at = operation.now()
  const rehead = (head: RecordHead): RecordHead => {
    if (token === undefined) return head
    const remembered = head.remembered || state.remembers
    return { ...supersede(head, digestOf(token, cookie.name), { at, by: 'rotate', graceMs }), remembered }
  }
  const result = await writeChanges(operation, state, changes, rehead)
  if (result.status === 'written') {
    state.setStored(result.record, token)
    if (token === undefined) return
    emitEvent('rotated', { handle: token.handle })
    return operation.ends.rotated(result.record.head)
  }
  // The session continues, so an error must say that the changes are lost. Otherwise they are dropped along with the session.
  if (result.status === 'rotated' && changes.size > 0) throw new SessionSupersededError()
  // Its session is gone, so the browser must not get it.
  state.issued = undefined
}

/** The `Set-Cookie` value for the token that was issued. */
export function setCookie({ choice, services, record, issued }: SessionState, now: number): string {
  const { policy } = services.operations
  const value = issued?.text ?? ''
  warnOfDevelopmentCookie(choice, policy)
  warnOfDomainMismatch(choice.cookie.domain, choice.host)
  if (record === undefined || !record.head.remembered) return choice.cookie.set(value)
  return choice.cookie.set(value, Math.max(0, Math.floor((absoluteDeadline(policy, record.head) - now) / 1000)))
}
