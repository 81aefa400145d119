import type { Device } from '../../options.js'
import type { Handle } from '../../store.js'
import type { WriteMarks } from './marks.js'

/** An earlier secret of the session: when it was superseded, and by what. */
export interface Superseded {
  readonly digest: string
  readonly at: number
  readonly by: 'rotate' | 'sign-in'
}

/** Everything about a session except its data. Times are ms since the epoch by the store's clock. */
export interface RecordHead {
  readonly handle: Handle
  /** Digest of the current token. */
  readonly digest: string
  readonly createdAt: number
  /** When it was created, or its user last proved who they are: the absolute timeout counts from here. */
  readonly beganAt: number
  /** When the user signed in, if that was before `beganAt`, because the user has re-authenticated since. */
  readonly signedInAt?: number | undefined
  readonly lastSeenAt: number
  readonly userId?: string | undefined
  /** Whether it has the timeouts of the option `remember`. */
  readonly remembered: boolean
  /** The application's name for this sign-in, e.g. the device. */
  readonly label?: string | undefined
  readonly device?: Device | undefined
  /** Earlier secrets that requests may still send, the latest first. */
  readonly superseded: readonly Superseded[]
  readonly marks: WriteMarks
}

/** What is to be stored. */
export interface RecordContent {
  readonly head: RecordHead
  /** JSON text of an object. */
  readonly dataLine: string
}

/** One stored state of a session. */
export interface SessionRecord extends RecordContent {
  readonly version: string
}

export const schemaVersion = 1

// Enough to notice a reply that was meant for another session. Access does not depend on it, because the digest covers the whole handle.
const tagLength = 6

// Limits the head if the secret is rotated repeatedly within the grace time.
const maxSuperseded = 8

/**
 * The text of a record: a head of one line, and the data as another, so that reading who is signed in parses only the head.
 *
 * The head consists of words, which `readRecord` knows by their place and form:
 *
 * 1. the schema version
 * 2. the tag: the first 6 characters of the handle
 * 3. the digest
 * 4. `createdAt`, `beganAt` since then, `lastSeenAt` since `beganAt`, and `signedInAt`, if any, since `createdAt`, separated by commas
 * 5. `r` if remembered
 * 6. `+` and the marks, if any
 * 7. each superseded digest, followed by `r` or `s` for rotate or sign-in, and its age at `lastSeenAt`
 * 8. user id, label and device as JSON, separated by commas, without the last ones that are missing
 *
 * Numbers are in base 36. A difference of 0 is left out. One may be negative, since a clock can be set back.
 */
export function encodeRecord(head: RecordHead, dataLine: string): string {
  const { handle, digest, createdAt, beganAt, lastSeenAt, signedInAt } = head
  let times = `${createdAt.toString(36)},${difference(beganAt, createdAt)},${difference(lastSeenAt, beganAt)}`
  if (signedInAt !== undefined) times += `,${difference(signedInAt, createdAt)}`
  let line = `${schemaVersion} ${handle.slice(0, tagLength)} ${digest} ${times}`
  if (head.remembered) line += ' r'
  if (head.marks !== '') line += ` +${head.marks}`
  for (const { digest: earlier, at, by } of head.superseded)
    line += ` ${earlier}${by === 'rotate' ? 'r' : 's'}${difference(lastSeenAt, at)}`
  return `${line}${encodeNames(head)}\n${dataLine}`
}

function difference(time: number, since: number): string {
  return time === since ? '' : (time - since).toString(36)
}

function encodeNames({ userId, label, device }: RecordHead): string {
  const user = userId === undefined ? '' : JSON.stringify(userId)
  if (device !== undefined)
    return ` ${user},${label === undefined ? 'null' : JSON.stringify(label)},${JSON.stringify(device)}`
  if (label !== undefined) return ` ${user},${JSON.stringify(label)}`
  return user === '' ? '' : ` ${user}`
}

/**
 * The head with a new secret. It remembers the previous one, and those that were superseded within the grace time before, so that a
 * request that still sends one of them is not mistaken for an attack.
 */
export function supersede(
  head: RecordHead,
  digest: string,
  { at, by, graceMs }: Pick<Superseded, 'at' | 'by'> & { readonly graceMs: number },
): RecordHead {
  const before = head.superseded.filter((earlier) => at - earlier.at <= graceMs)
  const superseded = [{ digest: head.digest, at, by }, ...before].slice(0, maxSuperseded)
  return { ...head, digest, superseded }
}
