import type { StoredRecord } from '../../store.js'
import { isAlive, type Policy } from '../policy.js'
import { readRecord, type RecordHead } from '../record/record.js'
import { digestOf, isSameDigest, type Token } from './token.js'

/** A record in the state in which this request knows it. */
export interface Known {
  readonly version: string
  readonly head: RecordHead
  readonly dataLine: string
}

/** Whom a token turned out to belong to. */
export type Recognition =
  /** `replaced`: by a sign-in moments ago. It is nobody, but the browser may be about to get the new cookie. */
  | { readonly kind: 'owner' | 'superseded' | 'replaced'; readonly known: Known }
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
  const digest = digestOf(token, policy.cookie.name)
  if (isSameDigest(digest, known.head.digest)) return { kind: 'owner', known }
  const { superseded } = known.head
  const index = superseded.findIndex((earlier) => isSameDigest(digest, earlier.digest))
  const found = superseded[index]
  if (found === undefined) return { kind: 'unknown' }
  if (now - found.at > policy.rotationGraceMs) return { kind: 'reused' }
  // Whoever has signed in since, by this secret or a later one, is not who held it.
  const isReplaced = superseded.slice(0, index + 1).some(({ by }) => by === 'sign-in')
  return { kind: isReplaced ? 'replaced' : 'superseded', known }
}
