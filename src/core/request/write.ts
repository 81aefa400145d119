import { StoreUnavailableError } from '../../errors.js'
import type { StoredRecord } from '../../store.js'
import { emitEvent } from '../../events.js'
import type { StoreCalls } from '../guarded-store.js'
import { expiresAt, isAlive, type Policy } from '../policy.js'
import { paceFor, pauseAfter } from '../../engine/backoff.js'
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
  calls: StoreCalls,
  policy: Policy,
  dataLine: string,
  owner: Owner,
): Promise<Inserted> {
  for (let attempt = 0; attempt < insertAttempts; attempt++) {
    const token = newToken()
    const now = calls.now()
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
    const version = await calls.insert(token.handle, encodeRecord(head, dataLine), expiresAt(policy, head) - now)
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
  calls: StoreCalls,
  policy: Policy,
  known: Known,
  revise: (current: Known) => Revision,
  { once = false, renews = false, start = known }: ReplaceOptions = {},
): Promise<WriteResult> {
  const { handle } = known.head
  let current = start
  for (let tries = 1; ; tries++) {
    const now = calls.now()
    const mark = newMark()
    const revision = revise(current)
    const marks = liveMarks(current.head.marks, now, policy.markLifetimeMs)
    const pause = paceFor(marks.length)
    if (pause !== undefined) await pause
    const head: RecordHead = {
      ...revision.head,
      lastSeenAt: Math.max(current.head.lastSeenAt, now),
      marks: [...marks, { mark, at: now }],
    }
    const text = encodeRecord(head, revision.dataLine)
    const lifetimeMs = expiresAt(policy, head) - now
    const verb = renews ? 'renew' : 'replace'
    const answer = await calls[verb](handle, current.version, text, lifetimeMs)
    if (answer.status === 'gone') return { status: 'ended' }
    if (answer.status === 'replaced')
      return { status: 'written', known: { version: answer.version, head, dataLine: revision.dataLine } }
    const found = readAgain(calls, answer.current, known)
    if (found !== undefined && hasMark(found.head, mark)) {
      // A client that lost the answer sent the command again: it is done. What others have written on top since may be none of
      // this request's business, so it knows what it wrote itself, under a version that fits no more.
      return { status: 'written', known: { version: current.version, head, dataLine: revision.dataLine } }
    }
    const next = stillOurs(found, known, policy, calls.now())
    if (typeof next === 'string') return { status: next }
    if (once) return { status: 'changed' }
    current = next
    await pauseAfter(tries)
  }
}

/** The record as it is now, if this request may still write it. */
export async function rereadRecord(calls: StoreCalls, policy: Policy, known: Known): Promise<Known | Lost> {
  const stored = await calls.load(known.head.handle)
  return stored === undefined ? 'ended' : stillOurs(readAgain(calls, stored, known), known, policy, calls.now())
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
export function readAgain(calls: StoreCalls, stored: StoredRecord, { head: { handle } }: Known): Known | undefined {
  const reading = readRecord(stored.text, handle)
  if (reading.status === 'read') return { version: stored.version, head: reading.head, dataLine: reading.dataLine }
  if (reading.status === 'foreign') throw calls.mismatch(handle)
  emitEvent('record-unreadable', { handle, reason: reading.status })
  return undefined
}
