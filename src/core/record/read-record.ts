import type { Device } from '../../options.js'
import type { Handle, StoredRecord } from '../../store.js'
import { noMarks } from './marks.js'
import { schemaVersion, type RecordHead, type SessionRecord, type Superseded } from './record.js'

/** What reading a stored record gives. `mismatch`: it belongs to another session and must not be used. */
export type RecordReading =
  | { readonly status: 'read'; readonly record: SessionRecord }
  | { readonly status: 'corrupt' | 'newer-version' | 'mismatch' }

type Names = Pick<RecordHead, 'userId' | 'label' | 'device'>

const noneSuperseded: readonly Superseded[] = []
const corrupt: RecordReading = { status: 'corrupt' }

/** Reads what is stored under `handle`. Never throws. */
export function readRecord({ text, version }: StoredRecord, handle: Handle): RecordReading {
  const found = headGrammar.exec(text)
  if (found === null) return isOfNewerVersion(text) ? { status: 'newer-version' } : corrupt
  if (!handle.startsWith(found[1] as string)) return { status: 'mismatch' }
  const head = readHead(found, handle)
  if (head === undefined) return corrupt
  return { status: 'read', record: { version, head, dataLine: text.slice(found[0].length) } }
}

// The head as `encodeRecord` writes it, with its line break. The last group is for names that need JSON to be read. The
// counts are more than is ever written; without them, a list of a million words would overflow the stack.
const time = '[0-9a-z]{1,11}'
const difference = `(?:-?${time})?`
const digest = '[\\w-]{43}'
const plainText = '"([^"\\\\\\x00-\\x1f]*)"'
const headGrammar = new RegExp(
  `^${schemaVersion} ([\\w-]{6}) (${digest}) (${time}),(${difference}),(${difference})(?:,(${difference}))?( r)?` +
    `(?: \\+((?:[\\w-]{8}[0-9a-z]{3}){1,9999}))?((?: ${digest}[rs]${difference}){0,99})` +
    `(?: (?:${plainText}(?:,${plainText})?|([",][^\\n]*)))?\\n`,
)

function isOfNewerVersion(text: string): boolean {
  const number = /^([1-9]\d*) /.exec(text)?.[1]
  return number !== undefined && Number(number) > schemaVersion
}

function readHead(found: RegExpExecArray, handle: Handle): RecordHead | undefined {
  const createdAt = parseInt(found[3] as string, 36)
  const beganAt = createdAt + readDifference(found[4] as string)
  const lastSeenAt = beganAt + readDifference(found[5] as string)
  const signedInAt = found[6] === undefined ? undefined : createdAt + readDifference(found[6])
  const superseded = readSupersededWords(found[9] as string, lastSeenAt)
  const names =
    found[12] === undefined ? { userId: found[10], label: found[11], device: undefined } : parseNames(found[12])
  const areTimes = isTime(createdAt) && isTime(beganAt) && isTime(lastSeenAt) && isTime(signedInAt ?? createdAt)
  if (!areTimes || !superseded.every(hasTime) || names === undefined) return undefined
  return {
    handle,
    digest: found[2] as string,
    createdAt,
    beganAt,
    lastSeenAt,
    signedInAt,
    userId: names.userId,
    remembered: found[7] !== undefined,
    label: names.label,
    device: names.device,
    superseded,
    marks: found[8] ?? noMarks,
  }
}

/** Reads the words of superseded digests, each after a space. */
function readSupersededWords(words: string, lastSeenAt: number): readonly Superseded[] {
  if (words === '') return noneSuperseded
  return words
    .slice(1)
    .split(' ')
    .map((word) => readSuperseded(word, lastSeenAt))
}

function readSuperseded(word: string, lastSeenAt: number): Superseded {
  const by = word[43] === 'r' ? 'rotate' : 'sign-in'
  return { digest: word.slice(0, 43), at: lastSeenAt - readDifference(word.slice(44)), by }
}

function readDifference(text: string): number {
  return text === '' ? 0 : parseInt(text, 36)
}

/** `undefined` if `encodeRecord` does not write them so. */
function parseNames(text: string): Names | undefined {
  try {
    const list = text.startsWith(',') ? `[null${text}]` : `[${text}]`
    const names = JSON.parse(list) as unknown[]
    const [userId, label, device] = names
    if (names.length > 3 || JSON.stringify(names) !== list || !isOptionalDevice(device)) return undefined
    const isLabel = isOptionalText(label) || (label === null && device !== undefined)
    if (!isLabel || !(userId === null || typeof userId === 'string')) return undefined
    return { userId: userId ?? undefined, label: label ?? undefined, device }
  } catch {
    return undefined
  }
}

function isOptionalDevice(value: unknown): value is Device | undefined {
  return value === undefined || (typeof value === 'object' && value !== null && !Array.isArray(value))
}

function isOptionalText(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string'
}

function hasTime({ at }: { readonly at: number }): boolean {
  return isTime(at)
}

function isTime(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}
