import { randomText } from '../../engine/random.js'
import type { Handle, StoredRecord } from '../../store.js'

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

const schemaVersion = 1

// Limits the head if the secret is rotated repeatedly within the grace time.
const maxSuperseded = 8

/**
 * The text of a record: one line for the head and one for the data, so that reading who is signed in parses only the head.
 *
 * The head's fields are: `v` schema version, `h` handle, `d` digest, `c` created at, `b` began at, `s` last seen at, `u` user id, `r` 1 if
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

/** What reading a stored record gives. `mismatch`: it belongs to another session and must not be used. */
export type RecordReading =
  | { readonly status: 'read'; readonly record: SessionRecord }
  | { readonly status: 'corrupt' | 'newer-version' | 'mismatch' }

/** Reads what is stored under `handle`. Never throws. */
export function readRecord({ text, version }: StoredRecord, handle: Handle): RecordReading {
  const newline = text.indexOf('\n')
  if (newline < 0) return { status: 'corrupt' }
  let fields: unknown
  try {
    fields = JSON.parse(text.slice(0, newline))
  } catch {
    return { status: 'corrupt' }
  }
  if (typeof fields !== 'object' || fields === null) return { status: 'corrupt' }
  const { v } = fields as Record<string, unknown>
  if (typeof v === 'number' && v > schemaVersion) return { status: 'newer-version' }
  const head = readHead(fields as Record<string, unknown>)
  if (head === undefined) return { status: 'corrupt' }
  if (head.handle !== handle) return { status: 'mismatch' }
  return { status: 'read', record: { version, head, dataLine: text.slice(newline + 1) } }
}

function readHead({ v, h, d, c, b, s, u, r, l, p, m }: Record<string, unknown>): RecordHead | undefined {
  const marks = readList(m, 2, readMark)
  const superseded = p === undefined ? [] : readList(p, 3, readSuperseded)
  if (v !== schemaVersion || typeof h !== 'string' || typeof d !== 'string') return undefined
  if (!isTime(c) || !isTime(b) || !isTime(s)) return undefined
  if ((u !== undefined && typeof u !== 'string') || (l !== undefined && typeof l !== 'string')) return undefined
  if ((r !== undefined && r !== 1) || marks === undefined || superseded === undefined) return undefined
  if (p !== undefined && superseded.length === 0) return undefined // never written
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

/** Reads a flat list whose items take `size` values each. */
function readList<Item>(
  list: unknown,
  size: number,
  readItem: (list: readonly unknown[], index: number) => Item | undefined,
): Item[] | undefined {
  if (!Array.isArray(list) || list.length % size !== 0) return undefined
  const items: Item[] = []
  for (let index = 0; index < list.length; index += size) {
    const item = readItem(list, index)
    if (item === undefined) return undefined
    items.push(item)
  }
  return items
}

function readSuperseded(list: readonly unknown[], index: number): Superseded | undefined {
  const [digest, at, by] = list.slice(index, index + 3)
  const isValid = typeof digest === 'string' && isTime(at) && (by === 'rotate' || by === 'sign-in')
  return isValid ? { digest, at, by } : undefined
}

function readMark(list: readonly unknown[], index: number): WriteMark | undefined {
  const mark = list[index]
  const at = list[index + 1]
  return typeof mark === 'string' && isTime(at) ? { mark, at } : undefined
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
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
