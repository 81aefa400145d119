import type { StoredRecord } from '../../store.js'

/** A record as it is stored, with its expiry in ms since the epoch. */
export interface Entry {
  readonly record: StoredRecord
  readonly expiresAt: number
}

const headGrammar = /^([\w-]{11}) (\d{1,16}) /

/** The value for an entry. */
export function encodeEntry({ record, expiresAt }: Entry): string {
  return `${record.version} ${expiresAt} ${record.text}`
}

/** The entry in a value. If the value is not ours, the entry is all text, with an empty version and no expiry. */
export function decodeEntry(value: string): Entry {
  const [head = '', version = '', expiresAt = Infinity] = headGrammar.exec(value) ?? []
  return { record: { text: value.slice(head.length), version }, expiresAt: Number(expiresAt) }
}

/** Whether the entry has this version. An unreadable entry has none. */
export function isVersion({ record: { version } }: Entry, expected: string): boolean {
  return version !== '' && version === expected
}
