import { NotSignedInError } from '../../errors.js'
import { Session } from './session.js'

/**
 * The id of the signed-in user, as a `string`: for handlers behind a guard, where `session.userId` cannot be `undefined`.
 *
 * @throws NotSignedInError (401) if nobody is signed in, because no guard was there · StoreUnavailableError (503) if that is not known during an outage
 *
 * @example
 * ```ts
 * app.get('/sessions', requireUser(), async ({ session }, res) => {
 *   res.json(await sessions.user(signedInUser(session)).list({ current: session }))
 * })
 * ```
 */
export function signedInUser(session: { readonly userId: string | undefined }): string {
  const { userId } = session
  if (userId === undefined) throw Session.stateOf(session)?.outage ?? new NotSignedInError()
  return userId
}
