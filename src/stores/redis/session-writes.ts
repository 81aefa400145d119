import type { RemoveResult, ReplaceResult } from '../../store.js'

/** What to store instead of a version. */
export interface Replacement {
  /** The version that must be stored. */
  readonly expected: string
  /** The new one. */
  readonly version: string
  readonly text: string
  /** The argument of `PX`. */
  readonly expiry: string
}

/** The writes that compare versions, each one atomic. They are safe to arrive late or twice. */
export interface SessionWrites {
  replace(key: string, replacement: Replacement): Promise<ReplaceResult>
  renew(key: string, replacement: Replacement): Promise<ReplaceResult>
  remove(key: string, expected?: string): Promise<RemoveResult>
}
