import { performance } from '../../engine/timers.js'
import type { Handle } from '../../store.js'
import type { StoredSession } from '../api/store.js'
import type { Loaded } from '../repositories/repository.js'
import { handleOf } from '../repositories/session-id.js'
import { ownerOf, type UserContext } from './user-context.js'

/** A stored session, as it is shown. Times are ms since the epoch. */
export interface SessionInfo {
  /** Its public name: the first 16 bytes of the SHA-256 of its id, which is its secret and is not shown. */
  readonly handle: Handle
  /** Whose it is; `undefined` for an anonymous session, and without the option `userId`. */
  readonly userId: string | undefined
  /** When it ends unless it is used again; `undefined` if it never does. */
  readonly expiresAt: number | undefined
  /** When it was last used, to a tenth of its lifetime; `undefined` if it never expires. */
  readonly lastSeenAt: number | undefined
}

/** A session of a user, as `list` shows it. */
export interface UserSessionInfo extends SessionInfo {
  readonly userId: string
  /** When it became the user's. */
  readonly signedInAt: number
  /** Whether it is the one given as `current`. */
  readonly current: boolean
}

export function describeSession(
  context: Pick<UserContext, 'options' | 'index'>,
  id: string,
  { data, endsAt }: Loaded,
): SessionInfo {
  const stored = data as StoredSession
  const expiresAt = endOf(stored, endsAt)
  const lifetimeMs = context.index.lifetimeMs(stored)
  const isUse = expiresAt !== undefined && Number.isFinite(lifetimeMs)
  const lastSeenAt = isUse ? Math.min(expiresAt - lifetimeMs, Date.now()) : undefined
  return { handle: handleOf(id), userId: ownerOf(context, stored), expiresAt, lastSeenAt }
}

/** A store that extends sessions by itself knows when they end, and otherwise the cookie says so. */
function endOf({ cookie }: Partial<StoredSession>, endsAt: number | undefined): number | undefined {
  if (endsAt === undefined) return cookie?.expires ? Number(new Date(cookie.expires)) : undefined
  return Number.isFinite(endsAt) ? Math.round(Date.now() + endsAt - performance.now()) : undefined
}
