/**
 * How a request stands to its session. `stranger`: it has none. `owner`: its secret opens one. `superseded`: its secret was
 * replaced by `rotate` moments ago; it may read, end the session and sign in, but changes nothing. `replaced`: the same by a
 * sign-in; it is nobody, and sets no cookie over the one that the browser is about to get, except by signing in. It may end it.
 */
export type Standing = 'stranger' | 'owner' | 'superseded' | 'replaced'

/** What one request knows and wants of its session when its response begins. */
export interface Situation {
  readonly standing: Standing
  /** The handler called `end()` on a session that its secret opens, or opened moments ago. */
  readonly ends: boolean
  readonly rotates: boolean
  /** The handler called `signIn()`: over the session it has, or over one that belongs to another user. */
  readonly signsIn: 'no' | 'same' | 'other-user'
  /** Whether there are changes of data to be stored. */
  readonly hasChanges: boolean
  /** Whether the response's status is below 400: a sign-in or a rotation is carried out only then. */
  readonly succeeds: boolean
  readonly needsRenewal: boolean
}

/** What is to be done at the end of a request. */
export interface Outcome {
  /** Remove the record that the request came with, whatever happened to it since; first. */
  readonly end: boolean
  /**
   * `insert`: a new record and token. `replace`: the changes over the record. `renew`: a new expiry, beside the response.
   * `rotate`: a new secret, with the changes. `sign-in`: a new secret and a user, without merging; a new record where there is none
   * to write over. `refuse`: there are changes that this request may not store, of a session that goes on: an error. `drop`: the
   * same, of a session that is no more.
   */
  readonly write: 'nothing' | 'insert' | 'replace' | 'renew' | 'rotate' | 'sign-in' | 'refuse' | 'drop'
}

const nothing: Outcome = { end: false, write: 'nothing' }

/** Decides, and does nothing: the rules of design and documentation in one place. */
export function decideOutcome(situation: Situation): Outcome {
  const { standing, ends, rotates, signsIn, hasChanges, succeeds, needsRenewal } = situation
  if (signsIn !== 'no' && succeeds) return { end: ends || signsIn === 'other-user', write: 'sign-in' }
  if (ends) return { end: true, write: hasChanges ? 'insert' : 'nothing' }
  if (standing === 'superseded') return hasChanges ? { end: false, write: 'refuse' } : nothing
  if (standing === 'replaced') return hasChanges ? { end: false, write: 'drop' } : nothing
  if (standing === 'stranger') return hasChanges ? { end: false, write: 'insert' } : nothing
  if (rotates && succeeds) return { end: false, write: 'rotate' }
  if (hasChanges) return { end: false, write: 'replace' }
  return needsRenewal ? { end: false, write: 'renew' } : nothing
}
