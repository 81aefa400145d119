import type { SessionEvents } from '../../events.js'
import type { RecordHead } from '../record/record.js'

/** Through which all parts of the core report what has happened to a session. Costs the caller nothing and never throws. */
export interface EndReports {
  ended(end: SessionEvents['ended']): void
  /** The session has a new secret, by `rotate()` or a sign-in. */
  rotated(head: RecordHead): void
}
