import type { Operations } from '../../engine/operations.js'
import type { AnySession } from '../api/foreign-types.js'
import type { Session } from '../api/session.js'
import type { Store } from '../api/store.js'

/** What stands in a store for a session: text, or bytes that are none. */
export type Text = string | Uint8Array

export function isSameText(one: Text, other: Text): boolean {
  return one === other || (typeof one !== 'string' && typeof other !== 'string' && Buffer.compare(one, other) === 0)
}

/** A session as it is to be stored. */
export interface Encoded {
  readonly text: Text
  /** How long it is to live; 0 for a life that is over. */
  readonly seconds: number
}

/** The text of a record, and when its life ends, by `performance.now()`. */
export interface StoredText {
  readonly text: Text
  readonly endsAt: number
}

/** A record that cannot be read, and never will be. Other errors of `parse` are failures. */
export class UnreadableRecordError extends Error {}

/** What became of storing over a record. */
export type Replaced =
  | ({ readonly status: 'replaced' } & StoredText)
  /** Something else stands there; nothing was stored. */
  | { readonly status: 'changed'; readonly text: Text }
  | { readonly status: 'gone' }

/**
 * The records of a store that can compare and set in one step, for all processes that use it. Calls reject, and may hang. What is
 * handed over as an id counts as its text.
 */
export interface AtomicRecords {
  readonly operations: Operations
  /** Throws for what cannot be stored. */
  encode(session: AnySession): Encoded
  load(id: unknown): Promise<StoredText | undefined>
  /** Stores, whatever stands there. */
  set(id: unknown, encoded: Encoded): Promise<StoredText>
  /** Stores over the text `expected` only; never creates. */
  replace(id: unknown, expected: Text, encoded: Encoded): Promise<Replaced>
  /** Lets it live as long as its cookie says. Whether it is there. */
  touch(id: unknown, session: Session): Promise<boolean>
  /** Whether so much of a life that ends then is over that the session should be touched. */
  isDue(session: Session, endsAt: number): boolean
  remove(id: unknown): Promise<void>
  /** Rejects with `UnreadableRecordError` for what is no session. */
  parse(text: Text): Promise<unknown>
}

const symbol: unique symbol = Symbol.for('sessera.atomic-records') as never
export { symbol as atomicRecords }

/** A store that may have such records; it says `undefined` while its methods are not its own, but somebody's who wants to see the calls. */
export interface AtomicStore {
  [symbol](): AtomicRecords | undefined
}

/** The records of a store that has them. */
export function atomicRecordsOf(store: Store): AtomicRecords | undefined {
  return symbol in store ? (store as unknown as AtomicStore)[symbol]() : undefined
}
