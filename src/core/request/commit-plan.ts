import type { TokenStatus } from '../cookie/verify-token.js'

/** What a request knows about its session, and what the handler asked for, when the response begins. */
export interface Situation {
  readonly tokenStatus: TokenStatus
  /** The handler called `end()`, and there is something to end. */
  readonly ends: boolean
  /** What the handler wants to happen to the secret. If another user was signed in, that session ends. */
  readonly requested: 'nothing' | 'rotate' | 'reauthenticate' | 'sign-in' | 'sign-in-as-other-user'
  /** Whether `data` was changed. */
  readonly hasChanges: boolean
  /** Whether the response's status is below 400. Otherwise what was `requested` is discarded. */
  readonly succeeds: boolean
  readonly needsRenewal: boolean
}

/** What to do at the end of a request. */
export interface CommitPlan {
  /** Before anything else, remove the record that the request came with, even if others have changed it since. */
  readonly end: boolean
  /**
   * - `insert`: a new record and token.
   * - `replace`: the changes, over the record.
   * - `renew`: a new expiry, in the background.
   * - `rotate`: a new secret, with the changes.
   * - `reauthenticate`: the same, and the session's timeouts begin again.
   * - `sign-in`: a new secret and a user, without merging; a new record if there is none to write over.
   * - `reject`: nothing, with an error: the session continues, but the request may not change it.
   * - `drop`: nothing, without an error: for this request the session is over.
   */
  readonly write:
    | 'nothing'
    | 'insert'
    | 'replace'
    | 'renew'
    | 'rotate'
    | 'reauthenticate'
    | 'sign-in'
    | 'reject'
    | 'drop'
}

/** How changes are written, by the token that the request came with. */
const writeOfChanges = { none: 'insert', current: 'replace', rotated: 'reject', 'replaced-by-sign-in': 'drop' } as const

/** All rules about what happens to a session at the end of a request. Only decides; `executePlan` acts. */
export function planCommit(situation: Situation): CommitPlan {
  const { tokenStatus, ends, hasChanges, succeeds, needsRenewal } = situation
  const requested = succeeds ? situation.requested : 'nothing'
  if (requested === 'sign-in' || requested === 'sign-in-as-other-user')
    return { end: ends || requested === 'sign-in-as-other-user', write: 'sign-in' }
  if (ends) return { end: true, write: hasChanges ? 'insert' : 'nothing' }
  if (requested === 'rotate' && tokenStatus === 'current') return { end: false, write: 'rotate' }
  // Who proves who they are may also come with a secret that was rotated moments ago, as the second click of a double click does.
  if (requested === 'reauthenticate' && (tokenStatus === 'current' || tokenStatus === 'rotated'))
    return { end: false, write: 'reauthenticate' }
  if (hasChanges) return { end: false, write: writeOfChanges[tokenStatus] }
  return { end: false, write: needsRenewal && tokenStatus === 'current' ? 'renew' : 'nothing' }
}
