import { emitEvent } from '../../events.js'
import type { ReusedSession } from '../cookie/incoming-session.js'
import type { SessionServices } from '../request/session-services.js'
import { dropEntries } from './entries.js'

/** With `onSecretReuse: 'end'`: ends the session whose former secret somebody still has, beside the response. */
export function endReused({ operations, background }: SessionServices, { handle, userId }: ReusedSession): void {
  if (operations.policy.onSecretReuse !== 'end') return
  const end = async (): Promise<void> => {
    if ((await operations.run((operation) => operation.remove(handle))) !== 'removed') return
    emitEvent('ended', { handle, reason: 'secret-reused', userId })
    if (userId !== undefined) await dropEntries(operations, userId, [handle])
  }
  background.start(end())
}
