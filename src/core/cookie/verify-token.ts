import type { StoredRecord } from '../../store.js'
import { isAlive, type Policy } from '../policy.js'
import type { SessionRecord } from '../record/record.js'
import { readRecord } from '../record/read-record.js'
import { digestOf, isSameDigest, type Token } from './token.js'

/**
 * What the token of a request gives access to.
 *
 * - `none`: nothing; the request has no session.
 * - `current`: its session.
 * - `rotated`: its session, which got a newer secret by `rotate` moments ago. The request may read it, end it and sign in, but not change
 *   it.
 * - `replaced-by-sign-in`: the same after a sign-in. The request must not read that session. Unless it signs in itself, it must not
 *   overwrite the new cookie, which the browser is about to get. It may end the session.
 */
export type TokenStatus = 'none' | 'current' | 'rotated' | 'replaced-by-sign-in'

export type Verification =
  | { readonly status: Exclude<TokenStatus, 'none'>; readonly record: SessionRecord }
  /** `reused`: its secret was superseded longer ago than the grace time. */
  | { readonly status: 'reused' | 'expired'; readonly userId: string | undefined }
  /** `mismatch`: the store returned another session's record. */
  | { readonly status: 'unknown' | 'mismatch' }
  | { readonly status: 'unreadable'; readonly reason: 'corrupt' | 'newer-version' | 'too-large' }

/** Records of this size are read whatever the limit for writing, so that lowering `maxDataBytes` signs nobody out. */
const leastReadableLength = 1_048_576

/** Verifies a token against what is stored under its handle. */
export function verifyToken(stored: StoredRecord | undefined, token: Token, policy: Policy, now: number): Verification {
  if (stored === undefined) return { status: 'unknown' }
  if (stored.text.length > Math.max(leastReadableLength, policy.maxDataBytes * 2))
    return { status: 'unreadable', reason: 'too-large' }
  const reading = readRecord(stored, token.handle)
  if (reading.status === 'mismatch') return { status: 'mismatch' }
  if (reading.status !== 'read') return { status: 'unreadable', reason: reading.status }
  const { record } = reading
  if (!isAlive(policy, record.head, now)) return { status: 'expired', userId: record.head.userId }
  const digest = digestOf(token, policy.cookie.name)
  if (isSameDigest(digest, record.head.digest)) return { status: 'current', record }
  const { superseded } = record.head
  const index = superseded.findIndex((earlier) => isSameDigest(digest, earlier.digest))
  const found = superseded[index]
  if (found === undefined) return { status: 'unknown' }
  if (now - found.at > policy.rotationGraceMs) return { status: 'reused', userId: record.head.userId }
  // A sign-in with this secret or a later one may have been by another user.
  const isSignedInOver = superseded.slice(0, index + 1).some(({ by }) => by === 'sign-in')
  return { status: isSignedInOver ? 'replaced-by-sign-in' : 'rotated', record }
}
