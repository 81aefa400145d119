import { StoreUnavailableError } from '../../errors.js'
import type { StoredRecord } from '../../store.js'
import { emitEvent } from '../../events.js'
import type { StoreOperation } from '../store-operations.js'
import { expiresAt, isAlive, type Policy } from '../policy.js'
import { paceFor } from '../../engine/backoff.js'
import { compareAndSet, type Attempt } from '../../engine/compare-and-set.js'
import type { Known } from '../cookie/verify-token.js'
import { encodeRecord, hasMark, liveMarks, newMark, readRecord, type RecordHead } from '../record/record.js'
import { digestOf, newToken, type Token } from '../cookie/token.js'

/** What is to stand in place of a record. The last sight and the marks of the head are seen to by the writing. */
export interface Revision {
  readonly head: RecordHead
  readonly dataLine: string
}

/**
 * Why a request may not write any more. `ended`: removed or expired meanwhile. `superseded`: the session goes on under another
 * secret, of a rotation. `taken-over`: somebody has signed in to it; of several such things the last one counts.
 */
export type Lost = 'ended' | 'superseded' | 'taken-over'

export type WriteResult =
  | { readonly status: 'written'; readonly known: Known }
  /** Somebody else wrote meanwhile, and `revise` was not to be asked again. */
  | { readonly status: 'changed' }
  /** Nothing was stored. */
  | { readonly status: Lost }

/** A record that was not there before. */
export interface Inserted {
  readonly token: Token
  readonly known: Known
}

/** Whose session a new record is. */
export interface Owner {
  readonly userId?: string | undefined
  readonly remembered: boolean
  readonly label?: string | undefined
}

// A taken handle is as good as impossible; a store that says so three times is broken.
const insertAttempts = 3

/** Stores a new session under a fresh handle. A handle whose insert failed is never tried again: it may be stored yet. */
export async function insertRecord(
  operation: StoreOperation,
  policy: Policy,
  dataLine: string,
  owner: Owner,
): Promise<Inserted> {
  for (let attempt = 0; attempt < insertAttempts; attempt++) {
    const token = newToken()
    const now = operation.now()
    const head: RecordHead = {
      ...owner,
      handle: token.handle,
      digest: digestOf(token, policy.cookie.name),
      createdAt: now,
      beganAt: now,
      lastSeenAt: now,
      superseded: [],
      marks: [],
    }
    const version = await operation.insert(token.handle, encodeRecord(head, dataLine), expiresAt(policy, head) - now)
    if (version !== undefined) {
      emitEvent('created', { handle: token.handle })
      return { token, known: { version, head, dataLine } }
    }
  }
  throw new StoreUnavailableError('The session store refuses every new handle as taken.')
}

interface ReplaceOptions {
  /** Do not try again over what somebody else wrote. */
  readonly once?: boolean
  /** It brings nothing new but the time. */
  readonly renews?: boolean
  /** A later state than `known` to begin with. */
  readonly start?: Known
}

/**
 * Compare-and-set: stores what `revise` makes of the record over it; where somebody else wrote meanwhile, over what they wrote,
 * again and again until it holds or the deadline passes. Each time it checks that the record still has the secret and the user
 * that this request knows, so that nothing is written into a session that changed hands.
 */
export async function replaceRecord(
  operation: StoreOperation,
  policy: Policy,
  known: Known,
  revise: (current: Known) => Revision,
  { once = false, renews = false, start = known }: ReplaceOptions = {},
): Promise<WriteResult> {
  const { handle } = known.head

  async function attempt(current: Known): Promise<Attempt<Known, WriteResult>> {
    const now = operation.now()
    const mark = newMark()
    const { head: revised, dataLine } = revise(current)
    const marks = liveMarks(current.head.marks, now, policy.markLifetimeMs)
    const pause = paceFor(marks.length)
    if (pause !== undefined) await pause
    const lastSeenAt = Math.max(current.head.lastSeenAt, now)
    const head: RecordHead = { ...revised, lastSeenAt, marks: [...marks, { mark, at: now }] }
    const verb = renews ? 'renew' : 'replace'
    const text = encodeRecord(head, dataLine)
    const answer = await operation[verb](handle, current.version, text, expiresAt(policy, head) - now)
    if (answer.status === 'gone') return done({ status: 'ended' })
    if (answer.status === 'replaced')
      return done({ status: 'written', known: { version: answer.version, head, dataLine } })
    const found = readAgain(operation, answer.current, known)
    // The client lost the reply and sent the command again: it is stored. What others have written since may be none of this
    // request's business, so it keeps what it wrote itself, under a version that matches nothing.
    if (found !== undefined && hasMark(found.head, mark))
      return done({ status: 'written', known: { version: current.version, head, dataLine } })
    const next = stillOurs(found, known, policy, operation.now())
    if (typeof next === 'string') return done({ status: next })
    return once ? done({ status: 'changed' }) : { status: 'changed', current: next }
  }

  return compareAndSet(start, attempt)
}

function done(result: WriteResult): Attempt<Known, WriteResult> {
  return { status: 'done', result }
}

/** The record as it is now, if this request may still write it. */
export async function rereadRecord(operation: StoreOperation, policy: Policy, known: Known): Promise<Known | Lost> {
  const stored = await operation.load(known.head.handle)
  return stored === undefined ? 'ended' : stillOurs(readAgain(operation, stored, known), known, policy, operation.now())
}

export function stillOurs(found: Known | undefined, known: Known, policy: Policy, now: number): Known | Lost {
  if (found === undefined || !isAlive(policy, found.head, now)) return 'ended'
  const { digest, userId, superseded } = found.head
  const isSameUser = userId === known.head.userId
  if (isSameUser && digest === known.head.digest) return found
  const index = superseded.findIndex((earlier) => earlier.digest === known.head.digest)
  const since = superseded.slice(0, index < 0 ? 1 : index + 1)
  return isSameUser && since.length > 0 && since.every(({ by }) => by === 'rotate') ? 'superseded' : 'taken-over'
}

/** A record that cannot be read any more counts as ended; that of another session is refused. */
export function readAgain(
  operation: StoreOperation,
  stored: StoredRecord,
  { head: { handle } }: Known,
): Known | undefined {
  const reading = readRecord(stored.text, handle)
  if (reading.status === 'read') return { version: stored.version, head: reading.head, dataLine: reading.dataLine }
  if (reading.status === 'foreign') throw operation.mismatch(handle)
  emitEvent('record-unreadable', { handle, reason: reading.status })
  return undefined
}
