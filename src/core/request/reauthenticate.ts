import { NotSignedInError } from '../../errors.js'
import { emitEvent } from '../../events.js'
import { parseTimeout } from '../../options/duration.js'
import { digestOf, newToken, type Token } from '../cookie/token.js'
import { signedInAt, timeoutsFor } from '../policy.js'
import { checkSize } from '../record/data.js'
import type { Changes } from '../record/merge.js'
import { supersede, type RecordHead, type SessionRecord } from '../record/record.js'
import type { StoreOperation } from '../store-operations.js'
import { enterIndex } from '../users/enter-index.js'
import type { SessionState } from './session-state.js'
import { lossError } from './write-in-turn.js'
import { checkStillOurs, readStored, replaceRecord } from './write-record.js'

/** `session.reauthenticate()`: leaves it to the commit. A sign-in of the same request counts as one anyway. */
export function requestReauthentication(state: SessionState): void {
  if (state.signIn !== undefined) return
  if (state.record?.head.userId === undefined) throw new NotSignedInError()
  state.requested = 'reauthenticate'
}

/** When the user last proved who they are, to whoever sends this request's secret. */
export function reauthenticatedAt({ record, requested, tokenStatus, services }: SessionState): number | undefined {
  if (requested !== undefined && requested !== 'rotate') return services.operations.now()
  const { head } = record ?? {}
  if (head?.userId === undefined) return undefined
  // An old secret, perhaps a stolen one, must not gain from what was proved when it was replaced.
  const isOlder = tokenStatus === 'rotated' && head.superseded.some(({ at }) => at <= head.beganAt)
  return isOlder ? signedInAt(head) : head.beganAt
}

/** `session.hasRecentSignIn()`. */
export function hasRecentSignIn(state: SessionState, maxAge: unknown): boolean {
  const maxAgeMs = parseTimeout('maxAge', maxAge)
  const at = reauthenticatedAt(state)
  return at !== undefined && state.services.operations.now() - at < maxAgeMs
}

/**
 * Gives the session a new secret, with the changes, and begins both of its timeouts again. Its entry in the user's index must last as long as it may
 * now. That comes first, so that it is refused if the user was signed out everywhere meanwhile, and nothing is unindexed if this process dies.
 *
 * If the secret was rotated meanwhile, perhaps by the same form sent twice, it is rotated once more: the browser may have dropped the other response.
 *
 * @throws SignInRevokedError · SessionEndedError · SessionSupersededError after a sign-in
 */
export async function reauthenticate(operation: StoreOperation, state: SessionState, changes: Changes): Promise<void> {
  const { remembers, openedAt } = state
  const { userId, handle, remembered } = state.record?.head ?? {}
  if (userId === undefined || handle === undefined) return
  const { absoluteMs } = timeoutsFor(operation.policy, { remembered: remembered === true || remembers })
  await enterIndex(operation, userId, { handle, openedAt, lifetimeMs: absoluteMs }, Infinity)
  for (let known = state.record; known !== undefined; known = await loadRotated(operation, known)) {
    const token = newToken(handle)
    const result = await replaceRecord(operation, known, ({ head, dataLine }) => ({
      head: reauthenticated(operation, head, token, remembers),
      dataLine: merged(operation, state, changes, dataLine),
    }))
    if (result.status === 'written') {
      state.setStored(result.record, token)
      operation.ends.rotated(result.record.head)
      return emitEvent('reauthenticated', { handle, userId })
    }
    if (result.status !== 'rotated') throw lossError(result.status)
  }
}

function reauthenticated(operation: StoreOperation, head: RecordHead, token: Token, remembers: boolean): RecordHead {
  const { cookie, rotationGraceMs: graceMs } = operation.policy
  const at = operation.now()
  const digest = digestOf(token, cookie.name)
  return {
    ...supersede(head, digest, { at, by: 'rotate', graceMs }),
    remembered: head.remembered || remembers,
    beganAt: Math.max(head.beganAt, at),
    signedInAt: signedInAt(head),
  }
}

function merged({ policy }: StoreOperation, { data }: SessionState, changes: Changes, stored: string): string {
  if (changes.size === 0) return stored
  return checkSize(data.mergedWith(stored, changes).line, policy.maxDataBytes)
}

/** The session as it is stored now, with a newer secret. Throws if it is over, or was signed in to again. */
async function loadRotated(operation: StoreOperation, known: SessionRecord): Promise<SessionRecord> {
  const stored = await operation.load(known.head.handle)
  const found = stored && readStored(operation, stored, known)
  const next = checkStillOurs(operation, found, known)
  if (found === undefined || (typeof next === 'string' && next !== 'rotated'))
    throw lossError(next === 'replaced-by-sign-in' ? next : 'ended')
  return found
}
