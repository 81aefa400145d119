import type { AddResult } from '../../store.js'
import type { AnySession } from '../api/loose-types.js'

/** A session in the index of a user. */
export interface IndexEntry {
  readonly id: string
  /** When it became the user's, in ms since the epoch by the store's clock. */
  readonly enteredAt: number
}

/** A part of a list. */
export interface IndexPage {
  /** In no particular order. */
  readonly entries: readonly IndexEntry[]
  /** Pass it to the next call; `undefined` on the last page. */
  readonly after: string | undefined
}

/** A session that is about to be a user's. */
export interface NewIndexEntry {
  readonly id: string
  /** The moment at which its request was opened, by `moment()`. */
  readonly openedAt: number
  readonly lifetimeMs: number
  /** The most others that the user may have. Default: no limit. */
  readonly limit?: number | undefined
}

/**
 * Which sessions a user has, and which there are: what a store of the drop-in adds to its methods. The rules of `UserIndex` apply; here the
 * entries are session ids, which lead to the records, and they say since when.
 */
export interface SessionIndex {
  /** As in `UserIndex`. */
  moment(): number
  /** Enters a session. Refuses if the user was revoked at `openedAt` or since, or if nobody can tell any more. */
  add(userId: string, entry: NewIndexEntry): Promise<AddResult>
  /** Makes the index last for a session that has been extended, and puts its entry back if that was lost. */
  keep(userId: string, entry: Pick<NewIndexEntry, 'id' | 'lifetimeMs'>): Promise<void>
  /** As in `UserIndex`: leaves a mark, so that `add` refuses what was opened before, and returns the first page. */
  revoke(userId: string): Promise<IndexPage & { readonly moment: number }>
  list(userId: string, after?: string): Promise<IndexPage>
  drop(userId: string, ids: readonly string[]): Promise<void>
  /** How long a session lasts from a use on, in ms; `Infinity` if it never expires. */
  lifetimeMs(session: AnySession): number
  /** The ids of all sessions. Takes as long as there are sessions. */
  ids(): Promise<readonly string[]>
}

const symbol: unique symbol = Symbol.for('sessera.session-index') as never
export { symbol as sessionIndex }

/** A store that may have an index. Returns `undefined` where it cannot have one, such as while its methods are replaced. */
export interface IndexedStore {
  [symbol](): SessionIndex | undefined
}

/** The index of a store that has one. */
export function sessionIndexOf(store: object): SessionIndex | undefined {
  return symbol in store ? (store as IndexedStore)[symbol]() : undefined
}
