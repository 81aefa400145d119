import type { Text } from '../express-session/repositories/compare-and-set-records.js'

/** What to store instead of a text. */
export interface Replacement {
  /** The text that must be stored. */
  readonly expected: Text
  /** The new text, and its expiry as parameters of `SET`. */
  readonly value: readonly [text: Text, ...expiry: string[]]
  /** Whether it needs more room than the old text. */
  readonly grows: boolean
}

export type ReplaceReply =
  | { readonly status: 'replaced' }
  | { readonly status: 'gone' }
  /** Another text is stored. */
  | { readonly status: 'changed'; readonly text: Text }
