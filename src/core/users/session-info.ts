import type { Device } from '../../options.js'
import type { Handle } from '../../store.js'
import { expiresAt, signedInAt, type Policy } from '../policy.js'
import type { RecordHead } from '../record/record.js'

/** A stored session, as lists show it. Times are ms since the epoch by the store's clock. */
export interface SessionInfo {
  /** Its public name. Opens nothing. */
  readonly handle: Handle
  /** Who is signed in; `undefined` for an anonymous session. */
  readonly userId: string | undefined
  readonly createdAt: number
  /** When the user signed in; `undefined` for an anonymous session. */
  readonly signedInAt: number | undefined
  /** When it was last used, to a tenth of the idle timeout. */
  readonly lastSeenAt: number
  /** When it ends unless it is used again. */
  readonly expiresAt: number
  /** Whether it has the timeouts of the option `remember`. */
  readonly remembered: boolean
  /** What `signIn` was given. */
  readonly label: string | undefined
  /** What `signIn` was given. */
  readonly device: Device | undefined
}

export function describeSession(policy: Policy, head: RecordHead): SessionInfo {
  const { handle, userId, createdAt, lastSeenAt, remembered, label, device } = head
  return {
    handle,
    userId,
    createdAt,
    signedInAt: signedInAt(head),
    lastSeenAt,
    expiresAt: expiresAt(policy, head),
    remembered,
    label,
    device,
  }
}
