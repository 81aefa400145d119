import { pagesOf } from '../../engine/pages.js'
import { enterWithin, mostSessions } from '../../engine/user-limit.js'
import type { Handle } from '../../store.js'
import { signedInAt } from '../policy.js'
import type { StoreOperation, UserCalls } from '../store-operations.js'
import { endEntry, loadEntries, loadEntry, lostAmong, type Entry } from './entries.js'

/** A session that is about to become a user's. */
export interface NewEntry {
  readonly handle: Handle
  /** When the request that signs in was opened. */
  readonly openedAt: number
  readonly lifetimeMs: number
  readonly mustExist?: boolean
}

/** How many sessions this user may have. */
export function mostSessionsOf({ policy }: StoreOperation, userId: string): Promise<number> {
  return mostSessions(policy.maxSessionsPerUser, userId)
}

/**
 * Enters a session into the index, unless the user was signed out everywhere since its request was opened. Resolves to whether it is entered; not
 * if the session must exist and does not.
 *
 * @throws SignInRevokedError · SessionLimitError
 */
export async function enterIndex(
  operation: StoreOperation,
  userId: string,
  entry: NewEntry,
  most: number,
): Promise<boolean> {
  const { users, policy } = operation
  if (users === undefined) return true
  const others = await enterWithin({
    most,
    refuses: policy.onOverflow === 'refuse',
    add: (limit) => users.add(userId, { ...entry, limit }),
    dropLost: () => dropLost(operation, users, userId),
  })
  return others !== undefined
}

/** Drops the entries of sessions that have expired. Resolves to whether there were any. */
async function dropLost(operation: StoreOperation, users: UserCalls, userId: string): Promise<boolean> {
  let hasDropped = false
  for await (const page of pagesOf((after) => users.list(userId, after))) {
    const lost = lostAmong(await loadEntries(operation, userId, page))
    if (lost.length > 0) await users.drop(userId, lost)
    hasDropped ||= lost.length > 0
  }
  return hasDropped
}

/**
 * Takes the entry of an anonymous session back, because a sign-in left it for a new one: it would count as a session of the user. The session goes,
 * too, since nobody else may sign in to it any more.
 */
export async function withdraw(operation: StoreOperation, userId: string, handle: Handle | undefined): Promise<void> {
  if (handle === undefined) return
  for (;;) {
    const entry = await loadEntry(operation, userId, handle)
    if (entry.kind === 'users' || entry.kind === 'unknown') return
    if (entry.kind === 'lost' || (await operation.remove(handle, entry.version)) !== 'changed') break
  }
  await operation.users?.drop(userId, [handle])
}

/**
 * Ends the user's oldest sessions beyond `most`. Every sign-in does this once it is stored, so the last of several sees them all, and they agree on
 * which are the oldest.
 */
export async function endOldest(operation: StoreOperation, userId: string, most: number): Promise<readonly Handle[]> {
  const { users } = operation
  if (users === undefined) return []
  const found = new Map<Handle, Extract<Entry, { readonly kind: 'users' }>>()
  for await (const page of pagesOf((after) => users.list(userId, after))) {
    if (page.after === undefined && found.size + page.handles.length <= most) return []
    for (const entry of await loadEntries(operation, userId, page))
      if (entry.kind === 'users') found.set(entry.handle, entry)
  }
  const oldest = [...found.values()]
    .sort(
      ({ record: { head: one } }, { record: { head: other } }) =>
        (signedInAt(other) ?? 0) - (signedInAt(one) ?? 0) || (one.handle < other.handle ? -1 : 1),
    )
    .slice(most)
  await Promise.all(oldest.map((entry) => endEntry(operation, userId, entry, 'limit')))
  return oldest.map(({ handle }) => handle)
}
