import { compareAndSet, type Attempt } from '../../engine/compare-and-set.js'
import { StoreUnavailableError } from '../../errors.js'
import { emitEvent } from '../../events.js'
import type { Handle, ReplaceResult, StoredRecord } from '../../store.js'
import { digestOf, newToken, type Token } from '../cookie/token.js'
import { expiresAt, isAlive } from '../policy.js'
import { encodeRecord, type RecordContent, type RecordHead, type SessionRecord } from '../record/record.js'
import { addMark, hasMark, noMarks } from '../record/marks.js'
import { readRecord } from '../record/read-record.js'
import type { StoreOperation } from '../store-operations.js'

/**
 * Why a request can no longer write to its session. `ended`: removed or expired. `rotated`: its secret was replaced by `rotate` only.
 * `replaced-by-sign-in`: its secret was replaced by a sign-in, at least once.
 */
export type LossReason = 'ended' | 'rotated' | 'replaced-by-sign-in'

export type WriteResult =
  | { readonly status: 'written'; readonly record: SessionRecord }
  /** Another writer was faster, and there was to be no retry. */
  | { readonly status: 'changed' }
  | { readonly status: LossReason }

/** A session that was stored for the first time. */
export interface NewSession {
  readonly token: Token
  readonly record: SessionRecord
}

/** The parts of a head that a sign-in or `remember()` sets. */
export type SignInFields = Pick<RecordHead, 'userId' | 'remembered' | 'label' | 'device'>

// Two random handles never collide. A store that says so three times in a row is broken.
const insertAttempts = 3

/**
 * Stores a new session under a fresh handle. After an error the handle is not used again, because the insert may still take effect. `called` is
 * told the handle of each attempt, in the tick of the store's call.
 */
export async function insertRecord(
  operation: StoreOperation,
  dataLine: string,
  fields: SignInFields,
  called: (handle: Handle) => void = () => {},
): Promise<NewSession> {
  const { policy } = operation
  for (let attempt = 0; attempt < insertAttempts; attempt++) {
    const token = newToken()
    const { handle } = token
    const now = operation.now()
    const times = { createdAt: now, beganAt: now, lastSeenAt: now }
    const digest = digestOf(token, policy.cookie.name)
    const head: RecordHead = { ...fields, ...times, handle, digest, superseded: [], marks: noMarks }
    const inserting = operation.insert(handle, encodeRecord(head, dataLine), expiresAt(policy, head) - now)
    called(handle)
    const version = await inserting
    if (version === undefined) continue
    emitEvent('created', { handle })
    return { token, record: { version, head, dataLine } }
  }
  throw new StoreUnavailableError('The session store reports every new handle as taken.')
}

interface ReplaceOptions {
  /** `renew` for a write that only extends the session. Default: `replace`. */
  readonly verb?: 'replace' | 'renew'
  /** What to do when another writer was faster. Default: `retry`, until the deadline. */
  readonly onConflict?: 'retry' | 'give-up'
  /** A later state than `known` to start from. */
  readonly start?: SessionRecord
}

/**
 * Compare-and-set: stores `revise(current)` over the current record, and starts again if another writer was faster. Each time it
 * checks that the record still has the secret and the user of `known`.
 * It sets the head's `lastSeenAt` and `marks` itself.
 */
export function replaceRecord(
  operation: StoreOperation,
  known: SessionRecord,
  revise: (current: SessionRecord) => RecordContent,
  { verb = 'replace', onConflict = 'retry', start = known }: ReplaceOptions = {},
): Promise<WriteResult> {
  const { policy, marks } = operation
  const { handle } = known.head
  return compareAndSet(start, async (current): Promise<Attempt<SessionRecord, WriteResult>> => {
    const now = operation.now()
    if (!isAlive(policy, current.head, now)) {
      // It expired while this request ran, unless others extended it. The store may still have the record because of a late call.
      const stored = await reloadRecord(operation, known)
      return typeof stored === 'string' ? done({ status: stored }) : { status: 'changed', current: stored }
    }
    const { head: revised, dataLine } = revise(current)
    const liveMarks = marks.live(current.head.marks, now, policy.markLifetimeMs)
    const lastSeenAt = Math.max(current.head.lastSeenAt, now)
    const mark = marks.begin()
    const head: RecordHead = { ...revised, lastSeenAt, marks: addMark(liveMarks, mark, now) }
    let answer: ReplaceResult
    try {
      answer = await operation[verb](
        handle,
        current.version,
        encodeRecord(head, dataLine),
        expiresAt(policy, head) - now,
      )
    } finally {
      marks.settle(mark)
    }
    if (answer.status === 'gone') return done({ status: 'ended' })
    if (answer.status === 'replaced')
      return done({ status: 'written', record: { version: answer.version, head, dataLine } })
    const found = readStored(operation, answer.current, known)
    // The client lost the reply and sent the command again, so this write is stored. The request keeps what it wrote, because it may
    // not be allowed to see what was written since. The old version matches nothing any more, which makes its next write look again.
    if (found !== undefined && hasMark(found.head.marks, mark))
      return done({ status: 'written', record: { version: current.version, head, dataLine } })
    const next = checkStillOurs(operation, found, known)
    if (typeof next === 'string') return done({ status: next })
    return onConflict === 'retry' ? { status: 'changed', current: next } : done({ status: 'changed' })
  })
}

function done(result: WriteResult): Attempt<SessionRecord, WriteResult> {
  return { status: 'done', result }
}

/** Loads the record again, for a request that knows an earlier state of it and wants to write. */
export async function reloadRecord(
  operation: StoreOperation,
  known: SessionRecord,
): Promise<SessionRecord | LossReason> {
  const stored = await operation.load(known.head.handle)
  return stored === undefined ? 'ended' : checkStillOurs(operation, readStored(operation, stored, known), known)
}

/** Whether a request that knows `known` may write over `found`. */
export function checkStillOurs(
  operation: StoreOperation,
  found: SessionRecord | undefined,
  known: SessionRecord,
): SessionRecord | LossReason {
  if (found === undefined || !isAlive(operation.policy, found.head, operation.now())) return 'ended'
  const { digest, userId, superseded } = found.head
  const isSameUser = userId === known.head.userId
  if (isSameUser && digest === known.head.digest) return found
  const index = superseded.findIndex((earlier) => earlier.digest === known.head.digest)
  const since = superseded.slice(0, index < 0 ? 1 : index + 1)
  return isSameUser && since.length > 0 && since.every(({ by }) => by === 'rotate') ? 'rotated' : 'replaced-by-sign-in'
}

/** A later state of the record; `undefined` if it cannot be read any more. Throws if the store returned another session's record. */
export function readStored(
  operation: StoreOperation,
  stored: StoredRecord,
  { head: { handle } }: SessionRecord,
): SessionRecord | undefined {
  const reading = readRecord(stored, handle)
  if (reading.status === 'read') return reading.record
  if (reading.status === 'mismatch') throw operation.mismatch(handle)
  emitEvent('record-unreadable', { handle, reason: reading.status })
  return undefined
}
