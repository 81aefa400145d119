import { emitEvent, type EndReason } from '../../events.js'
import type { Handle, HandlePage } from '../../store.js'
import { isAlive } from '../policy.js'
import type { SessionRecord } from '../record/record.js'
import { readRecord } from '../record/read-record.js'
import type { StoreOperation, StoreOperations } from '../store-operations.js'

/**
 * What an entry of a user's index leads to.
 *
 * - `users`: a session of the user.
 * - `nobodys`: an anonymous session. The user may be about to sign in to it, so its entry stays.
 * - `unknown`: a record of a newer version, which may be the user's.
 * - `lost`: nothing, or another user's session. The entry can be dropped: no handle is used twice.
 */
export type Entry =
  | { readonly kind: 'users'; readonly handle: Handle; readonly record: SessionRecord }
  | { readonly kind: 'nobodys' | 'unknown'; readonly handle: Handle; readonly version: string }
  | { readonly kind: 'lost'; readonly handle: Handle }

export async function loadEntry(operation: StoreOperation, userId: string, handle: Handle): Promise<Entry> {
  const stored = await operation.load(handle)
  if (stored === undefined) return { kind: 'lost', handle }
  const reading = readRecord(stored, handle)
  if (reading.status === 'mismatch') throw operation.mismatch(handle)
  if (reading.status === 'newer-version') return { kind: 'unknown', handle, version: stored.version }
  if (reading.status !== 'read') {
    emitEvent('record-unreadable', { handle, reason: reading.status })
    return { kind: 'lost', handle }
  }
  const { head } = reading.record
  if (!isAlive(operation.policy, head, operation.now())) return { kind: 'lost', handle }
  if (head.userId === userId) return { kind: 'users', handle, record: reading.record }
  if (head.userId === undefined) return { kind: 'nobodys', handle, version: stored.version }
  return { kind: 'lost', handle }
}

export function loadEntries(operation: StoreOperation, userId: string, page: HandlePage): Promise<readonly Entry[]> {
  return Promise.all(page.handles.map((handle) => loadEntry(operation, userId, handle)))
}

/** Those that can be dropped. */
export function lostAmong(entries: readonly Entry[]): readonly Handle[] {
  return entries.filter(({ kind }) => kind === 'lost').map(({ handle }) => handle)
}

/**
 * Ends what an entry leads to, if it is the user's or may become it. Resolves to whether a session of the user was ended. Afterwards the entry
 * can be dropped.
 */
export async function endEntry(
  operation: StoreOperation,
  userId: string,
  first: Entry,
  reason: EndReason,
  by?: Handle,
): Promise<boolean> {
  for (let entry = first; ; entry = await loadEntry(operation, userId, entry.handle)) {
    if (entry.kind === 'lost') return false
    const { handle } = entry
    // A session never changes its user, so no version need be compared. An anonymous one may become another user's at this moment.
    const result = await operation.remove(handle, entry.kind === 'users' ? undefined : entry.version)
    if (result === 'changed') continue
    const hasEnded = result === 'removed' && entry.kind !== 'nobodys'
    const head = entry.kind === 'users' ? entry.record.head : undefined
    if (hasEnded) operation.ends.ended({ handle, reason, userId }, { head, by })
    return hasEnded
  }
}

/** Removes entries, while nobody waits: one that stays is harmless, and found again by the next list. */
export async function dropEntries(
  operations: StoreOperations,
  userId: string,
  handles: readonly Handle[],
): Promise<void> {
  if (handles.length > 0) await operations.run(async (operation) => operation.users?.drop(userId, handles))
}
