import { randomText } from './engine/random.js'

declare const handleBrand: unique symbol

/**
 * The public name of a session: 16 random bytes as base64url, 22 characters. It is the key in the store and what lists,
 * logs and events show. It opens nothing by itself and never changes while the session lives.
 */
export type Handle = string & { readonly [handleBrand]: true }

/** One stored state of a session. */
export interface StoredRecord {
  /** The encoded record. A store never looks inside. */
  readonly text: string
  /** Mark of this one stored state; opaque. What `replace` and `remove` must still find. */
  readonly version: string
}

/** What became of a `replace`. */
export type ReplaceResult =
  | { readonly status: 'replaced'; readonly version: string }
  /** Another version stands there; nothing was stored. */
  | { readonly status: 'changed'; readonly current: StoredRecord }
  /** Ended or expired; nothing was stored. */
  | { readonly status: 'gone' }

/** What became of a `remove`. */
export type RemoveResult = 'removed' | 'changed' | 'gone'

/**
 * Where sessions are kept: four verbs, compare-and-set, expiry. Merging, lifetimes and rotation are the core's.
 *
 * Rules for all of them:
 * - A failing store rejects; it never answers as if a session were missing.
 * - Every call sees every acknowledged write: no reads from replicas.
 * - A call that rejected may still take effect, late or twice. Versions are fresh randomness (see `newVersion`) and are
 *   never used again, so that such a call cannot overwrite a newer state.
 * - A lifetime is in milliseconds from now. One that is not positive stores nothing and answers as if the session were gone.
 */
export interface SessionStore {
  /** The store's clock, ms since the epoch: what all backends agree on, whatever their own clocks say. */
  now(): number
  /** Optional: resolves once `now()` can be trusted. Asked before the first write. */
  ready?(): Promise<void>
  /** How far one step is atomic: for every process that uses the store, or within this one only. */
  readonly atomicity: 'store' | 'process'
  /** Missing and expired are `undefined`. What cannot be read as a record is handed over with an empty version. */
  load(handle: Handle): Promise<StoredRecord | undefined>
  /** The new version, or `undefined`, and nothing stored, when the handle is taken. */
  insert(handle: Handle, text: string, lifetimeMs: number): Promise<string | undefined>
  /** Stores only over the version `expected`. Never creates. */
  replace(handle: Handle, expected: string, text: string, lifetimeMs: number): Promise<ReplaceResult>
  /**
   * Optional: `replace` for a write that brings nothing new but the time. A store that is full can let it through, so that those who
   * are signed in stay so.
   */
  renew?(handle: Handle, expected: string, text: string, lifetimeMs: number): Promise<ReplaceResult>
  /** With `expected`, only that version. */
  remove(handle: Handle, expected?: string): Promise<RemoveResult>
  /**
   * Optional, for a store that is spread over several servers which fail one by one: names the one that answers for this handle. While
   * one of them is gone, calls about the sessions of the others go on.
   */
  shardOf?(handle: Handle): string | undefined
  /**
   * Optional. The core reports here that this store returned another session's record for this handle. If it came over a connection,
   * that connection delivers replies to the wrong requests and should be closed.
   */
  reportMismatch?(handle: Handle): void
  /** Gives back what the store itself opened; a client that was handed in stays open. */
  close(): Promise<void>
}

/** A version for one attempted write: 64 random bits as base64url, 11 characters. */
export function newVersion(): string {
  return randomText(8)
}

// 16 bytes are 22 characters of which the last carries 2 bits: only A, Q, g and w are canonical.
const handleGrammar = /^[A-Za-z0-9_-]{21}[AQgw]$/

/** Whether this could be a handle: 22 characters of canonical base64url. */
export function isHandle(text: string): text is Handle {
  return handleGrammar.test(text)
}

/** A fresh handle. */
export function newHandle(): Handle {
  return randomText(16) as Handle
}
