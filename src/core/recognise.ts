import type { StoredRecord } from '../store.js'
import { isAlive, type Policy } from './policy.js'
import { readRecord, type RecordHead } from './record.js'
import { digestOf, isSameDigest, type Token } from './token.js'

/** A record in the state in which this request knows it. */
export interface Known {
  readonly version: string
  readonly head: RecordHead
  readonly dataLine: string
}

/** Whom a token turned out to belong to. */
export type Recognition =
  | { readonly kind: 'owner' | 'superseded'; readonly known: Known }
  /** Replaced by a sign-in moments ago: nobody, but the browser may be about to get the new cookie. */
  | { readonly kind: 'replaced' }
  /** Opens nothing. `reused`: it did once, but its secret was superseded longer ago than the grace time. */
  | { readonly kind: 'unknown' | 'expired' | 'reused' }
  | { readonly kind: 'foreign' }
  | { readonly kind: 'unreadable'; readonly reason: 'corrupt' | 'newer-version' | 'too-large' }

/** Whatever the limit on writing, a record of this size is still read: lowering `maxDataBytes` must sign nobody out. */
const leastReadableLength = 1_048_576

/** Says what the record under a token's handle means for whoever holds that token. */
export function recognise(stored: StoredRecord | undefined, token: Token, policy: Policy, now: number): Recognition {
  if (stored === undefined) return { kind: 'unknown' }
  if (stored.text.length > Math.max(leastReadableLength, policy.maxDataBytes * 2))
    return { kind: 'unreadable', reason: 'too-large' }
  const reading = readRecord(stored.text, token.handle)
  if (reading.status === 'foreign') return { kind: 'foreign' }
  if (reading.status !== 'read') return { kind: 'unreadable', reason: reading.status }
  if (!isAlive(policy, reading.head, now)) return { kind: 'expired' }
  return recogniseOwner({ version: stored.version, head: reading.head, dataLine: reading.dataLine }, token, policy, now)
}

function recogniseOwner(known: Known, token: Token, policy: Policy, now: number): Recognition {
  const digest = digestOf(token)
  if (isSameDigest(digest, known.head.digest)) return { kind: 'owner', known }
  const { superseded } = known.head
  if (superseded === undefined || !isSameDigest(digest, superseded.digest)) return { kind: 'unknown' }
  if (now - superseded.at > policy.rotationGraceMs) return { kind: 'reused' }
  return superseded.by === 'rotate' ? { kind: 'superseded', known } : { kind: 'replaced' }
}
