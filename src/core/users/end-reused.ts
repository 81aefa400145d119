import type { ReusedSession } from '../cookie/incoming-session.js'
import type { SessionServices } from '../request/session-services.js'

/** With `onSecretReuse: 'end'`: ends the session whose former secret somebody still has, beside the response. */
export function endReused({ operations, background }: SessionServices, { handle, userId }: ReusedSession): void {
  if (operations.policy.onSecretReuse !== 'end') return
  const end = operations.run(async (operation) => {
    if ((await operation.remove(handle)) !== 'removed') return
    operation.ends.ended({ handle, reason: 'secret-reused', userId })
    if (userId !== undefined) await operation.users?.drop(userId, [handle])
  })
  background.start(end)
}
