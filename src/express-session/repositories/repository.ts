import type { Operation, Operations } from '../../engine/operations.js'
import type { RemoveResult } from '../../store.js'
import type { Session } from '../api/session.js'
import type { Contents } from './session-contents.js'

/** A session as this request last saw it in the store: its changes are counted from here. */
export interface Snapshot<Revision = unknown> {
  readonly id: string
  readonly contents: Contents
  readonly revision: Revision
}

/** A session as it was found in the store. */
export interface Loaded<Revision = unknown> {
  /** `undefined` for what cannot be read. */
  readonly data: unknown
  readonly revision: Revision
  /** The text that `data` was parsed from, if it is JSON. */
  readonly json?: string | undefined
  /** When it expires, by `performance.now()`, if the repository knows. */
  readonly endsAt?: number
}

/** Loads and stores sessions. `Revision` identifies a stored version, in the way of one kind of store. */
export interface Repository<Revision = unknown> {
  readonly operations: Operations
  load(operation: Operation, id: string): Promise<Loaded<Revision> | undefined>
  /**
   * Stores a new session, or one over its snapshot. `undefined`, and nothing stored, if the session of the snapshot was destroyed or has
   * expired.
   */
  save(
    operation: Operation,
    session: Session,
    snapshot: Snapshot<Revision> | undefined,
  ): Promise<Snapshot<Revision> | undefined>
  /**
   * Extends the session to the expiry of its cookie, as a separate operation. `undefined` if there is nothing to wait for, which happens
   * only with `'if due'`.
   */
  touch(
    session: Session,
    snapshot: Snapshot<Revision> | undefined,
    when: 'always' | 'if due',
  ): Promise<TouchResult> | undefined
  destroy(operation: Operation, id: string): Promise<void>
  /** Destroys a session only if it is still as it was loaded. */
  destroyLoaded(operation: Operation, id: string, loaded: Loaded<Revision>): Promise<RemoveResult>
}

/** A failed touch does not say that the session is gone. */
export type TouchResult = 'present' | 'gone'
