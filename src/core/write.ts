import { RecordMismatchError, StoreUnavailableError } from '../errors.js'
import { emitEvent } from './events.js'
import type { StoreCalls } from './guarded-store.js'
import { expiresAt, isAlive, type Policy } from './policy.js'
import { encodeRecord, hasMark, newMark, readRecord, withMark, type RecordHead } from './record.js'
import type { Known } from './recognise.js'
import { digestOf, newToken, type Token } from './token.js'

/** What is to stand in place of a record. The times and marks of the head are seen to by the writing. */
export interface Revision {
  readonly head: RecordHead
  readonly dataLine: string
}

export type WriteResult =
  | { readonly status: 'written'; readonly known: Known }
  /** Somebody else wrote meanwhile, and `revise` was not to be asked again. */
  | { readonly status: 'changed' }
  /** Removed or expired meanwhile; nothing was stored. */
  | { readonly status: 'ended' }
  /** The secret or the user is another one by now; nothing was stored. */
  | { readonly status: 'superseded' }

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
      digest: digestOf(token),
      createdAt: now,
      beganAt: now,
      lastSeenAt: now,
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
  /** A later state than `known` to begin with, so that less is tried in vain. */
  readonly from?: Known
}

/**
 * Compare-and-set: stores what `revise` makes of the record over it; where somebody else wrote meanwhile, over what they wrote,
 * again and again until it holds or the deadline passes (unless `once`). Each time it checks that the record still has the
 * digest and the user that this request knows, so that nothing is written into a session that changed hands.
 */
export async function replaceRecord(
  calls: StoreCalls,
  policy: Policy,
  known: Known,
  revise: (current: Known) => Revision,
  { once = false, from = known }: ReplaceOptions = {},
): Promise<WriteResult> {
  let current = from
  for (;;) {
    const now = calls.now()
    const mark = newMark()
    const revision = revise(current)
    const head: RecordHead = {
      ...revision.head,
      lastSeenAt: Math.max(current.head.lastSeenAt, now),
      marks: withMark(current.head.marks, mark, now, policy.markLifetimeMs),
    }
    const answer = await calls.replace(
      head.handle,
      current.version,
      encodeRecord(head, revision.dataLine),
      expiresAt(policy, head) - now,
    )
    if (answer.status === 'replaced') {
      return { status: 'written', known: { version: answer.version, head, dataLine: revision.dataLine } }
    }
    if (answer.status === 'gone') return { status: 'ended' }
    const found = readCurrent(answer.current.text, answer.current.version, known.head)
    if (found === undefined) return { status: 'ended' }
    // The client sent the command again after its answer was lost, or it ran late: it is done, whatever was written on top since.
    if (hasMark(found.head, mark)) return { status: 'written', known: found }
    if (!isAlive(policy, found.head, calls.now())) return { status: 'ended' }
    if (!isSameHolder(found.head, known.head)) return { status: 'superseded' }
    if (once) return { status: 'changed' }
    current = found
  }
}

/** Whether a record still has the secret and the user that it had. */
export function isSameHolder(one: RecordHead, other: RecordHead): boolean {
  return one.digest === other.digest && one.userId === other.userId
}

function readCurrent(text: string, version: string, { handle }: RecordHead): Known | undefined {
  const reading = readRecord(text, handle)
  if (reading.status === 'read') return { version, head: reading.head, dataLine: reading.dataLine }
  if (reading.status === 'foreign') {
    emitEvent('record-mismatch', { handle })
    throw new RecordMismatchError()
  }
  emitEvent('record-unreadable', { handle, reason: reading.status })
  return undefined
}
