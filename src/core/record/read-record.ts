import type { Handle, StoredRecord } from '../../store.js'
import { schemaVersion, type RecordHead, type SessionRecord, type Superseded, type WriteMark } from './record.js'

/** What reading a stored record gives. `mismatch`: it belongs to another session and must not be used. */
export type RecordReading =
  | { readonly status: 'read'; readonly record: SessionRecord }
  | { readonly status: 'corrupt' | 'newer-version' | 'mismatch' }

const corrupt: RecordReading = { status: 'corrupt' }

/** Reads what is stored under `handle`. Never throws. */
export function readRecord({ text, version }: StoredRecord, handle: Handle): RecordReading {
  const newline = text.indexOf('\n')
  if (newline < 0) return corrupt
  const line = text.slice(0, newline)
  const head = readUsualHead(line) ?? parseHead(line)
  if (typeof head === 'string') return { status: head }
  if (head.handle !== handle) return { status: 'mismatch' }
  return { status: 'read', record: { version, head, dataLine: text.slice(newline + 1) } }
}

// The head as `encodeRecord` writes it, for texts without escapes and a secret that was not replaced lately. Reading it this way takes
// half as long as parsing it.
const time = '(0|[1-9]\\d{0,14})'
const plain = '"([^"\\\\\\x00-\\x1f]*)"'
const mark = '"[\\w-]{8}",[1-9]\\d{0,14}'
const usualHead = new RegExp(
  `^\\{"v":${schemaVersion},"h":"([\\w-]{22})","d":"([\\w-]{43})","c":${time},"b":${time},"s":${time}` +
    `(?:,"u":${plain})?(,"r":1)?(?:,"l":${plain})?,"m":\\[((?:${mark}(?:,${mark})*)?)\\]\\}$`,
)

function readUsualHead(line: string): RecordHead | undefined {
  const found = usualHead.exec(line)
  if (found === null) return undefined
  return {
    handle: found[1] as Handle,
    digest: found[2] as string,
    createdAt: Number(found[3]),
    beganAt: Number(found[4]),
    lastSeenAt: Number(found[5]),
    userId: found[6],
    remembered: found[7] !== undefined,
    label: found[8],
    superseded: [],
    marks: readUsualMarks(found[9] as string),
  }
}

function readUsualMarks(list: string): WriteMark[] {
  const marks: WriteMark[] = []
  const items = list === '' ? [] : list.split(',')
  for (let index = 0; index < items.length; index += 2)
    marks.push({ mark: items[index]?.slice(1, -1) as string, at: Number(items[index + 1]) })
  return marks
}

function parseHead(line: string): RecordHead | 'corrupt' | 'newer-version' {
  let fields: unknown
  try {
    fields = JSON.parse(line)
  } catch {
    return 'corrupt'
  }
  if (typeof fields !== 'object' || fields === null) return 'corrupt'
  const { v } = fields as Record<string, unknown>
  if (typeof v === 'number' && v > schemaVersion) return 'newer-version'
  return readHead(fields as Record<string, unknown>) ?? 'corrupt'
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
