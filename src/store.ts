import type { Announcements } from './announcements.js'
import { randomText } from './engine/random.js'

declare const handleBrand: unique symbol

/**
 * The public name of a session: 16 random bytes as base64url, 22 characters. It is the key in the store, and what lists, logs and
 * events show. It stays the same until the session ends, and it grants no access by itself.
 */
export type Handle = string & { readonly [handleBrand]: true }

/** One stored state of a session. */
export interface StoredRecord {
  /** The encoded record. Opaque: a store never looks inside. */
  readonly text: string
  /** Identifies this stored state; opaque. `replace`, `renew` and `remove` compare it. */
  readonly version: string
}

/** The result of `replace` and `renew`. */
export type ReplaceResult =
  | { readonly status: 'replaced'; readonly version: string }
  /** The stored version is another one. Nothing was stored. */
  | { readonly status: 'changed'; readonly current: StoredRecord }
  /** Missing, removed or expired. Nothing was stored. */
  | { readonly status: 'gone' }

/** The result of `remove`. With `changed`, the stored version is another one and nothing was removed. */
export type RemoveResult = 'removed' | 'changed' | 'gone'

/** A session that is entered in the index of a user. */
export interface UserEntry {
  readonly handle: Handle
  /** The moment at which the request that signs in was opened, by `UserIndex.moment()` of this store. */
  readonly openedAt: number
  /**
   * How long the session can last at most, in ms from now. A few seconds later, at the latest, the entry is not counted any more. One that is not
   * greater than 0 is the shortest.
   */
  readonly lifetimeMs: number
  /** The most entries that the user may have. Default: no limit. */
  readonly limit?: number | undefined
  /** Whether to add it only if the session is stored already. Given only if `UserIndex.seesRecords`. */
  readonly mustExist?: boolean
}

/**
 * The result of `UserIndex.add`.
 *
 * - `added`: the entry is in the index. `others` counts the user's other entries.
 * - `revoked`: `revoke` was called when `openedAt` had passed, or in that very moment. Nothing was added.
 * - `full`: the user has `limit` other entries. Nothing was added.
 * - `absent`: with `mustExist`, the session is not stored. Nothing was added.
 */
export type AddResult =
  | { readonly status: 'added'; readonly others: number }
  | { readonly status: 'revoked' | 'full' | 'absent' }

/** A part of a list. */
export interface HandlePage {
  /** In no particular order. */
  readonly handles: readonly Handle[]
  /** Pass it to the next call; `undefined` on the last page. */
  readonly after: string | undefined
}

/**
 * Which sessions a user has. An entry may outlive its session, and may exist before the session is the user's: callers look at the record.
 *
 * The rules of `SessionStore` apply. User ids are text of any characters. No entry lives for ever, nor does the mark of `revoke`.
 */
export interface UserIndex {
  /** Whether `add` can see in the same step if a session is stored. If so, the core inserts a session and adds it in one round trip. */
  readonly seesRecords: boolean
  /**
   * The present moment, for `UserEntry.openedAt`: later calls give no smaller number. It has a meaning for this store object only, which may
   * learn only later how it compares to those of other processes. Makes no call and never throws.
   */
  moment(): number
  /**
   * Enters a session, or extends its entry, but never shortens it: this call may arrive late, or twice. Refuses if the user was revoked at `openedAt` or since, or if nobody can tell any more, because
   * `openedAt` is a day ago.
   * A store that does not know to the millisecond which came first may refuse what was opened just after, too.
   */
  add(userId: string, entry: UserEntry): Promise<AddResult>
  /**
   * Leaves a mark, so that `add` refuses whatever was opened before, in any process. Then returns the first page of the user's entries:
   * the pages have every entry that was added before the mark, and was not dropped. `moment` is the one just after the mark.
   */
  revoke(userId: string): Promise<HandlePage & { readonly moment: number }>
  /**
   * A page of the user's entries; the first one without `after`. An entry that is there all the while is on one of the pages, and may be on several.
   */
  list(userId: string, after?: string): Promise<HandlePage>
  /** Removes entries. Those of other users stay. */
  drop(userId: string, handles: readonly Handle[]): Promise<void>
}

/**
 * What happened to the sessions of each user, as texts that the store never looks into.
 *
 * The rules of `SessionStore` apply. User ids are text of any characters. No entry lives for ever.
 */
export interface UserJournal {
  /** Adds an entry, even one with a text that is there. It is gone after `keepMs`, or when the user has `most` (at least 1) that are later. */
  append(userId: string, entry: string, keepMs: number, most: number): Promise<void>
  /** The entries, the latest first: those that were added last. */
  read(userId: string): Promise<readonly string[]>
  /** Removes all of them. */
  clear(userId: string): Promise<void>
}

/**
 * Where sessions are kept: load, insert, replace and remove, with compare-and-set and expiry. The core does everything else: merging,
 * timeouts, rotation, and the deadline of each call.
 *
 * Rules for all methods:
 * - A store that fails rejects, and works again once its backend does. It never reports a session as missing: an outage would sign
 *   everybody out.
 * - Every call sees every acknowledged write. No reads from replicas.
 * - Each call is one atomic step for the callers that `atomicity` names.
 * - Every write stores a new random version ({@link newVersion}), never a counter or a digest. A call that rejected may still take
 *   effect, late or twice; it must not match a newer state.
 * - A lifetime is in milliseconds from now, and may have a fraction. One that is not greater than 0 (`NaN`, too) stores nothing and
 *   returns what the method returns when nothing was stored: `undefined` or `gone`.
 * - When its lifetime is over, a session is gone for every method and its handle is free. Only a write moves the expiry.
 * - Texts come back unchanged. Changing a record that was handed out does not change what is stored.
 */
export interface SessionStore {
  /** The store's clock in ms since the epoch, the same for all processes that share the store. */
  now(): number
  /**
   * Optional. Resolves once `now()` can be trusted. The core waits for it before the first call. It may be called again at any time,
   * also after a rejection.
   */
  ready?(): Promise<void>
  /** Optional. What keeps the sessions, in a word or two such as `redis`, for `sessions.policyReport()`. Never an address or a password. */
  readonly kind?: string
  /** Who sees a call as one atomic step: every process that uses the store, or this process only. */
  readonly atomicity: 'store' | 'process'
  /** Returns `undefined` for a session that is gone. Whatever cannot be read as a record comes back with an empty version. */
  load(handle: Handle): Promise<StoredRecord | undefined>
  /** Stores a new session and returns its version. If the handle is taken, stores nothing and returns `undefined`. */
  insert(handle: Handle, text: string, lifetimeMs: number): Promise<string | undefined>
  /** Stores the text only over the version `expected`. An empty version never matches. Never creates a session. */
  replace(handle: Handle, expected: string, text: string, lifetimeMs: number): Promise<ReplaceResult>
  /**
   * Optional. `replace` for a write that only extends the session. A full store can let it through, so that signed-in users stay signed
   * in. If it is left out, the core calls `replace`.
   */
  renew?(handle: Handle, expected: string, text: string, lifetimeMs: number): Promise<ReplaceResult>
  /** Removes the session; given `expected`, only if it has that version. */
  remove(handle: Handle, expected?: string): Promise<RemoveResult>
  /**
   * Optional, for a store on several servers that fail independently. Names the server that holds this handle, or returns `undefined`;
   * makes no call and never throws. While one server is down, calls about sessions on the others continue.
   */
  shardOf?(handle: Handle): string | undefined
  /**
   * Optional. The core reports here that this store returned another session's record for this handle. If it came over a connection,
   * that connection delivers replies to the wrong requests and should be closed. No session is removed: the stored one may be fine.
   */
  reportMismatch?(handle: Handle): void
  /** Optional: which sessions a user has. Without it, sessions can be signed in, but `sessions.user` throws. */
  readonly users?: UserIndex
  /** Optional: for the option `journal`. */
  readonly journal?: UserJournal
  /**
   * Optional. A page of all stored sessions; the first one without `after`. A session that is there all the while is on one of the pages, and may
   * be on several. Rejects with `InvalidArgumentError` if `after` is not from this store.
   */
  list?(after?: string): Promise<HandlePage>
  /** Optional: messages between processes. Without them, `sessions.onEnd` learns of what other processes end within a second or two. */
  readonly announcements?: Announcements
  /**
   * Releases what the store itself opened; a client that was passed in stays open. Resolves, also when called again. Later calls work or
   * reject; they never report a session as missing. Sessions that other processes share stay.
   */
  close(): Promise<void>
}

/** A new version for one write: 64 random bits as base64url, 11 characters. */
export function newVersion(): string {
  return randomText(8)
}

// 16 bytes are 22 characters of which the last carries 2 bits: only A, Q, g and w are canonical.
const handleGrammar = /^[A-Za-z0-9_-]{21}[AQgw]$/

/** Whether this could be a handle: 22 characters of canonical base64url. */
export function isHandle(text: string): text is Handle {
  return handleGrammar.test(text)
}

/** A new random handle. */
export function newHandle(): Handle {
  return randomText(16) as Handle
}
