import type { Operation, Operations } from '../../engine/operations.js'
import { isThenable } from '../../engine/thenable.js'
import { emitEvent } from '../../events.js'
import type { RemoveResult } from '../../store.js'
import type { AnySession } from '../api/loose-types.js'
import { contentsOf, contentsOfJson, type Contents } from './session-contents.js'

/** A stored record: text, or bytes that are not UTF-8. */
export type Text = string | Uint8Array

export function isSameText(one: Text, other: Text): boolean {
  return one === other || (typeof one !== 'string' && typeof other !== 'string' && Buffer.compare(one, other) === 0)
}

/** A session that is to be stored. */
export interface Encoded {
  readonly text: Text
  /** Its lifetime; 0 if it has expired. */
  readonly seconds: number
}

/** A record in the store. */
export interface StoredText {
  readonly text: Text
  /** When it expires, by `performance.now()`. */
  readonly endsAt: number
}

/** The record can never be read. Other errors of `parse` are failures. */
export class UnreadableRecordError extends Error {}

/** The result of an attempt to replace a record. */
export type Replaced =
  | ({ readonly status: 'replaced' } & StoredText)
  /** Another text is stored there; nothing was written. */
  | { readonly status: 'changed'; readonly text: Text }
  | { readonly status: 'gone' }

/**
 * The records of a store with a compare-and-set that is atomic for all processes. Calls may reject, and may hang. Any value that an
 * application uses as an id is converted to a string.
 */
export interface CompareAndSetRecords {
  readonly operations: Operations
  /** Throws for a session that cannot be stored. */
  encode(session: AnySession): Encoded
  load(id: unknown): Promise<StoredText | undefined>
  /** Stores a record, whether or not there is one. */
  set(id: unknown, encoded: Encoded): Promise<StoredText>
  /** Replaces a record only if its text is `expected`. Never creates one. */
  replace(id: unknown, expected: Text, encoded: Encoded): Promise<Replaced>
  /** Extends the record to the expiry of the session's cookie. Resolves to whether there is a record. */
  touch(id: unknown, session: AnySession): Promise<boolean>
  /** Whether a session that expires at `endsAt` has used up enough of its lifetime to be touched. */
  isDue(session: AnySession, endsAt: number): boolean
  remove(id: unknown): Promise<void>
  /** Removes a record only if its text is `expected`. */
  removeText(id: unknown, expected: Text): Promise<RemoveResult>
  /** Throws or rejects with `UnreadableRecordError` if the text is no session. */
  parse(text: Text): unknown
  /** Whether records are JSON as `JSON.stringify` writes it. */
  readonly isJson?: boolean
}

const symbol: unique symbol = Symbol.for('sessera.atomic-records') as never
export { symbol as compareAndSetRecords }

/** A store that may have such records. Returns `undefined` while its methods are replaced to intercept calls. */
export interface CompareAndSetStore {
  [symbol](): CompareAndSetRecords | undefined
}

/** The records of a store that has them. */
export function compareAndSetRecordsOf(store: object): CompareAndSetRecords | undefined {
  return symbol in store ? (store as CompareAndSetStore)[symbol]() : undefined
}

/** The session in a record, or a promise of it; `undefined` for a record that can never be read. */
export function parseRecord(records: CompareAndSetRecords, operation: Operation, text: Text): unknown {
  try {
    const parsed = records.parse(text)
    return isThenable(parsed) ? operation.within(Promise.resolve(parsed)).catch(unreadable) : parsed
  } catch (error) {
    return unreadable(error)
  }
}

function unreadable(error: unknown): undefined {
  if (error instanceof UnreadableRecordError) return undefined
  emitEvent('store-failed', { error })
  throw error
}

/** What a session contains whose record has this text. */
export function recordContents(records: CompareAndSetRecords, text: Text, session: object): Contents {
  return records.isJson === true && typeof text === 'string' ? contentsOfJson(text) : contentsOf(session)
}
