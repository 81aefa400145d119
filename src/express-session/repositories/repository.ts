import { emitEvent } from '../../events.js'
import type { Operation, Operations } from '../../engine/operations.js'
import type { Text } from './atomic-records.js'
import { handleOf } from './handle.js'
import { adopt, type Baseline } from './session-line.js'
import type { Session } from '../api/session.js'

/** What is known to be stored of a session: what its changes are counted from. */
export interface Known extends Baseline {
  readonly id: string
  /** What stands in the store to the letter, where that can be told. */
  readonly text?: Text
  /** The last change that this process made, where the store cannot tell of any. */
  readonly changes?: number
  /** When its life ends unless it is touched, by `performance.now()`, where the store can tell. */
  readonly endsAt?: number
}

/** A session as it was found. */
export interface Found extends Omit<Known, keyof Baseline> {
  /** `undefined` for what cannot be read. */
  readonly data: unknown
}

/** What becomes of changes that others have made to the same session meanwhile. */
export type Conflict =
  /** They are kept, unless this request changed the same top-level key. */
  | 'merge'
  /** They are overwritten, as a plain store does. */
  | 'last-wins'

/** How sessions are loaded and stored, whatever the store offers. */
export interface Keeper {
  readonly operations: Operations
  load(operation: Operation, id: string): Promise<Found | undefined>
  /**
   * Stores a session, over what is `known` of it if anything is. `undefined`, and nothing stored: it was destroyed or has expired
   * meanwhile.
   */
  save(operation: Operation, session: Session, known: Known | undefined): Promise<Known | undefined>
  /**
   * Lets it live on as long as its cookie says, as an operation of its own. With `surely` the answer tells whether it still is there,
   * and a failure is not taken for its absence; else it may be `true` unseen.
   */
  touch(session: Session, known: Known | undefined, surely: boolean): boolean | Promise<boolean>
  destroy(operation: Operation, id: string): Promise<void>
}

/** Takes over what others stored, as `conflict` asks for, and tells of keys that both sides changed. */
export function mergeInto(session: Session, base: Baseline, theirs: unknown, conflict: Conflict): void {
  if (conflict === 'last-wins' || typeof theirs !== 'object' || theirs === null) return
  const keys = adopt(session, base, theirs)
  if (keys.length > 0) emitEvent('conflict', { handle: handleOf(session.id), keys })
}
