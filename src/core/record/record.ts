import { randomText } from '../../engine/random.js'
import type { Handle } from '../../store.js'

/** A secret that was rotated away, when, and how. */
export interface Superseded {
  readonly digest: string
  readonly at: number
  readonly by: 'rotate' | 'sign-in'
}

/** One recent write. A write that a client re-sent, or that ran late, finds its own mark and is known to be done. */
export interface WriteMark {
  readonly mark: string
  readonly at: number
}

/** Everything of a session but its data. Times are ms since the epoch, by the store's clock. */
export interface RecordHead {
  readonly handle: Handle
  /** Digest of the token that opens the session. */
  readonly digest: string
  readonly createdAt: number
  /** Creation or the last sign-in: the absolute timeout counts from here. */
  readonly beganAt: number
  readonly lastSeenAt: number
  readonly userId?: string | undefined
  /** Whether the sign-in asked for the longer pair of timeouts. */
  readonly remembered: boolean
  /** What the application called this sign-in, e.g. the device. */
  readonly label?: string | undefined
  /** The secrets before this one that a request may still come with, the last one first. */
  readonly superseded: readonly Superseded[]
  readonly marks: readonly WriteMark[]
}

const schemaVersion = 1

// Whoever rotates again and again within the grace time must not make the head grow without bound.
const maxSuperseded = 8

/**
 * The text of a record: a line with the head, a line with the data, so that asking who is signed in parses the head alone.
 *
 * In the head `v` is the schema version, `h` the handle, `d` the digest, `c`, `b` and `s` are the times of creation, beginning
 * and last sight, `u` the user id, `r` is 1 when remembered, `l` the label, `p` what was superseded, `m` the marks. `p` and `m` are flat lists.
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

/** A stored text, read. */
export type RecordReading =
  | { readonly status: 'read'; readonly head: RecordHead; readonly dataLine: string }
  | { readonly status: 'corrupt' | 'newer-version' | 'foreign' }

/**
 * Reads a record that was stored under `handle`. `foreign`: it belongs to another handle, whatever led to it; such an answer
 * must never be used. (ST-1)
 */
export function readRecord(text: string, handle: Handle): RecordReading {
  const newline = text.indexOf('\n')
  if (newline < 0) return { status: 'corrupt' }
  let head: unknown
  try {
    head = JSON.parse(text.slice(0, newline))
  } catch {
    return { status: 'corrupt' }
  }
  if (typeof head !== 'object' || head === null) return { status: 'corrupt' }
  const fields = head as Record<string, unknown>
  if (typeof fields['v'] === 'number' && fields['v'] > schemaVersion) return { status: 'newer-version' }
  const read = readHead(fields)
  if (read === undefined) return { status: 'corrupt' }
  if (read.handle !== handle) return { status: 'foreign' }
  return { status: 'read', head: read, dataLine: text.slice(newline + 1) }
}

function readHead({ v, h, d, c, b, s, u, r, l, p, m }: Record<string, unknown>): RecordHead | undefined {
  const marks = readMarks(m)
  const superseded = p === undefined ? [] : readSuperseded(p)
  if (v !== schemaVersion || typeof h !== 'string' || typeof d !== 'string') return undefined
  if (!isTime(c) || !isTime(b) || !isTime(s)) return undefined
  if ((u !== undefined && typeof u !== 'string') || (l !== undefined && typeof l !== 'string')) return undefined
  if ((r !== undefined && r !== 1) || marks === undefined || superseded === undefined) return undefined
  return {
    handle: h as Handle,
    digest: d,
    createdAt: c,
    beganAt: b,
    lastSeenAt: s,
    userId: u,
    remembered: r === 1,
    label: l,
    superseded,
    marks,
  }
}

function readSuperseded(value: unknown): Superseded[] | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length % 3 !== 0) return undefined
  const superseded: Superseded[] = []
  for (let index = 0; index < value.length; index += 3) {
    const [digest, at, by] = value.slice(index, index + 3) as readonly unknown[]
    const isKnown = typeof digest === 'string' && isTime(at) && (by === 'rotate' || by === 'sign-in')
    if (!isKnown) return undefined
    superseded.push({ digest, at, by })
  }
  return superseded
}

function readMarks(value: unknown): WriteMark[] | undefined {
  if (!Array.isArray(value) || value.length % 2 !== 0) return undefined
  const marks: WriteMark[] = []
  for (let index = 0; index < value.length; index += 2) {
    const mark: unknown = value[index]
    const at: unknown = value[index + 1]
    if (typeof mark !== 'string' || !isTime(at)) return undefined
    marks.push({ mark, at })
  }
  return marks
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

/** A mark for one attempted write: 48 random bits, 8 characters. */
export function newMark(): string {
  return randomText(6)
}

/** The marks that somebody may still ask for at `now`: those that are younger than `lifetimeMs`, however many. */
export function liveMarks(marks: readonly WriteMark[], now: number, lifetimeMs: number): readonly WriteMark[] {
  return marks.filter(({ at }) => now - at < lifetimeMs)
}

/**
 * The head under a new secret. It remembers the one before, and those that were superseded within the grace time before that: a
 * request that still comes with one of them is told apart from somebody who guesses.
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

/** Whether the write that carried `mark` is among those that led to this record. */
export function hasMark(head: RecordHead, mark: string): boolean {
  return head.marks.some((written) => written.mark === mark)
}
