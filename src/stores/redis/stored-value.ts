import type { StoredRecord } from '../../store.js'

const valueGrammar = /^[A-Za-z0-9_-]{11} /

/** The value of a record in Redis: its version, a space, its text. */
export function encodeValue(version: string, text: string): string {
  return `${version} ${text}`
}

/** The record in a value, with an empty version if the value is not ours. */
export function decodeValue(value: string): StoredRecord {
  if (!valueGrammar.test(value)) return { text: value, version: '' }
  return { text: value.slice(12), version: value.slice(0, 11) }
}

/** The first 12 bytes of every value of this version. */
export function headOf(version: string): string {
  return encodeValue(version, '')
}

/** What `load` resolves with for a key that does not hold a string. */
export const notAString: StoredRecord = { text: '', version: '' }

/** The argument of `PX`: whole milliseconds, at least 1, and few enough to be written in digits. */
export function expiryOf(lifetimeMs: number): string {
  return String(Math.min(Math.ceil(lifetimeMs), Number.MAX_SAFE_INTEGER))
}
