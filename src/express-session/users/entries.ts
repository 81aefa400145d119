import type { Operation } from '../../engine/operations.js'
import { pagesOf } from '../../engine/pages.js'
import { emitEvent, type EndReason } from '../../events.js'
import type { StoredSession } from '../api/store.js'
import type { Loaded } from '../repositories/repository.js'
import { handleOf } from '../repositories/session-id.js'
import type { IndexEntry } from './session-index.js'
import { ownerOf, type UserContext } from './user-context.js'

/** A stored session that an entry leads to. */
export interface Found extends IndexEntry {
  readonly loaded: Loaded
  readonly data: StoredSession
}

/**
 * What an entry of a user's index leads to.
 *
 * - `users`: a session of the user.
 * - `nobodys`: a session without a user. It may be about to become the user's, so its entry stays.
 * - `lost`: nothing, or another user's session. The entry can be dropped.
 */
export type Entry = (Found & { readonly kind: 'users' | 'nobodys' }) | (IndexEntry & { readonly kind: 'lost' })

async function loadEntry(
  context: UserContext,
  operation: Operation,
  userId: string,
  { id, enteredAt }: IndexEntry,
): Promise<Entry> {
  const loaded = await context.repository.load(operation, id)
  const data: unknown = loaded?.data
  if (loaded === undefined || typeof data !== 'object' || data === null) return { kind: 'lost', id, enteredAt }
  const owner = ownerOf(context, data)
  if (owner !== undefined && owner !== userId) return { kind: 'lost', id, enteredAt }
  return { kind: owner === undefined ? 'nobodys' : 'users', id, enteredAt, loaded, data: data as StoredSession }
}

export function loadEntries(
  context: UserContext,
  operation: Operation,
  userId: string,
  entries: readonly IndexEntry[],
): Promise<readonly Entry[]> {
  return Promise.all(entries.map((entry) => loadEntry(context, operation, userId, entry)))
}

/**
 * Ends what an entry leads to, if it is the user's or may become it. Resolves to whether a session of the user was ended. Afterwards the entry
 * can be dropped.
 */
export async function endEntry(
  context: UserContext,
  operation: Operation,
  userId: string,
  first: Entry,
  reason: EndReason,
): Promise<boolean> {
  for (let entry = first; ; entry = await loadEntry(context, operation, userId, entry)) {
    if (entry.kind === 'lost') return false
    // Only as it was loaded: at this moment it may become, or cease to be, the user's.
    const result = await context.repository.destroyLoaded(operation, entry.id, entry.loaded)
    if (result === 'changed') continue
    const hasEnded = result === 'removed' && entry.kind === 'users'
    if (hasEnded) emitEvent('ended', { handle: handleOf(entry.id), reason, userId })
    return hasEnded
  }
}

/** Drops the entries that lead to nothing any more. Resolves to whether there were any. */
export async function dropLost(context: UserContext, operation: Operation, userId: string): Promise<boolean> {
  const { index } = context
  let hasDropped = false
  for await (const page of pagesOf((after) => operation.call(() => index.list(userId, after)))) {
    const entries = await loadEntries(context, operation, userId, page.entries)
    const lost = entries.filter(({ kind }) => kind === 'lost').map(({ id }) => id)
    if (lost.length > 0) await operation.call(() => index.drop(userId, lost))
    hasDropped ||= lost.length > 0
  }
  return hasDropped
}

/**
 * Ends the user's oldest sessions beyond `most`. Every sign-in does this once it is stored, so the last of several sees them all, and they agree on
 * which are the oldest.
 */
export async function endOldest(
  context: UserContext,
  operation: Operation,
  userId: string,
  most: number,
): Promise<string[]> {
  const found: (Entry & { readonly kind: 'users' | 'nobodys' })[] = []
  for await (const page of pagesOf((after) => operation.call(() => context.index.list(userId, after))))
    for (const entry of await loadEntries(context, operation, userId, page.entries))
      if (entry.kind === 'users') found.push(entry)
  const oldest = found.sort((one, other) => other.enteredAt - one.enteredAt || (one.id < other.id ? -1 : 1)).slice(most)
  await Promise.all(oldest.map((entry) => endEntry(context, operation, userId, entry, 'limit')))
  return oldest.map(({ id }) => id)
}
