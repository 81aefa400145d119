import type { SessionEvents } from '../../events.js'
import type { Handle } from '../../store.js'
import type { RecordHead } from '../record/record.js'

/** What else is known about an end. */
export interface EndDetails {
  /** The session as it was. */
  readonly head?: RecordHead | undefined
  /** The session of the user that ended it. */
  readonly by?: Handle | undefined
}

/** Through which all parts of the core report what has happened to a session. Costs the caller nothing and never throws. */
export interface EndReports {
  ended(end: SessionEvents['ended'], details?: EndDetails): void
  /** The session has a new secret, by `rotate()` or a sign-in. */
  rotated(head: RecordHead): void
}
