import type { Background } from '../../engine/background.js'
import type { KeyedMutex } from '../../engine/keyed-mutex.js'
import type { SessionRecord } from '../record/record.js'
import type { StoreOperations } from '../store-operations.js'
import type { Renewals } from './renewals.js'

/** What all sessions of one `createSessions` share. */
export interface SessionServices {
  readonly operations: StoreOperations
  /** Held while this process writes to a session. */
  readonly mutex: KeyedMutex<SessionRecord>
  readonly renewals: Renewals
  /** What nobody waits for. */
  readonly background: Background
}
