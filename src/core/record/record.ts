import { randomText } from '../../engine/random.js'
import type { Handle } from '../../store.js'

/** An earlier secret of the session: when it was superseded, and by what. */
export interface Superseded {
  readonly digest: string
  readonly at: number
  readonly by: 'rotate' | 'sign-in'
}

/** Identifies one recent write. A client that re-sends a command after a lost reply finds the mark and knows that the write was done. */
export interface WriteMark {
  readonly mark: string
  readonly at: number
}

/** Everything about a session except its data. Times are ms since the epoch by the store's clock. */
export interface RecordHead {
  readonly handle: Handle
  /** Digest of the current token. */
  readonly digest: string
  readonly createdAt: number
  /** When it was created or last signed in: the absolute timeout counts from here. */
  readonly beganAt: number
  readonly lastSeenAt: number
  readonly userId?: string | undefined
  /** Whether it has the timeouts of the option `remember`. */
  readonly remembered: boolean
  /** The application's name for this sign-in, e.g. the device. */
  readonly label?: string | undefined
  /** Earlier secrets that requests may still send, the latest first. */
  readonly superseded: readonly Superseded[]
  readonly marks: readonly WriteMark[]
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

// Limits the head if the secret is rotated repeatedly within the grace time.
const maxSuperseded = 8

/**
 * The text of a record: one line for the head and one for the data, so that reading who is signed in parses only the head.
 *
 * `readRecord` knows this form. The head's fields are: `v` schema version, `h` handle, `d` digest, `c` created at, `b` began at, `s` last seen at, `u` user id, `r` 1 if
 * remembered, `l` label, `p` superseded secrets, `m` marks. `p` and `m` are flat lists.
 */
export function encodeRecord(head: RecordHead, dataLine: string): string {
  const { superseded } = head
  const line = JSON.stringify({
    v: schemaVersion,
    h: head.handle,
    d: head.digest,
    c: head.createdAt,
    b: head.beganAt,
    s: head.lastSeenAt,
    u: head.userId,
    r: head.remembered ? 1 : undefined,
    l: head.label,
    p: superseded.length === 0 ? undefined : superseded.flatMap(({ digest, at, by }) => [digest, at, by]),
    m: head.marks.flatMap(({ mark, at }) => [mark, at]),
  })
  return `${line}\n${dataLine}`
}

/** A mark for one attempted write: 48 random bits, 8 characters. */
export function newMark(): string {
  return randomText(6)
}

/** The marks that a writer may still look for at `now`: all that are younger than `lifetimeMs`. */
export function liveMarks(marks: readonly WriteMark[], now: number, lifetimeMs: number): readonly WriteMark[] {
  return marks.filter(({ at }) => now - at < lifetimeMs)
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

/** Whether the record includes the write with this mark. */
export function hasMark(head: RecordHead, mark: string): boolean {
  return head.marks.some((written) => written.mark === mark)
}
