import type { Handle, UserIndex } from '../store.js'

interface User {
  /** When each session ends at the latest, by handle. */
  readonly entries: Map<Handle, number>
  /** No entry ends before this, so they are not searched on every call. */
  earliestEnd: number
  /** The number of the last revocation; 0 if there was none. */
  revocation: number
  /** When the last revocation may be forgotten. */
  markedUntil: number
}

const markLifetimeMs = 86_400_000
// How many additions and revocations pass until all users are looked through for what has ended.
const sweepEvery = 1_000

/** The users of the sessions in this process. Moments are counted in revocations, so their order is exact. */
export function memoryUsers(
  now: () => number,
  check: () => void,
  isStored: (handle: Handle) => boolean,
): UserIndex & { clear(): void } {
  const users = new Map<string, User>()
  let revocations = 0
  /** The last revocation that was forgotten. Nobody can tell whose it was. */
  let forgotten = 0
  let calls = 0

  function userOf(userId: string): User {
    const known = users.get(userId)
    if (known !== undefined) return known
    const user: User = { entries: new Map(), earliestEnd: Infinity, revocation: 0, markedUntil: 0 }
    users.set(userId, user)
    return user
  }

  function sweepSometimes(): void {
    calls += 1
    if (calls % sweepEvery !== 0) return
    for (const [userId, user] of users) {
      dropExpired(user)
      if (user.entries.size > 0 || user.markedUntil > now()) continue
      forgotten = Math.max(forgotten, user.revocation)
      users.delete(userId)
    }
  }

  function dropExpired(user: User): void {
    const time = now()
    if (time < user.earliestEnd) return
    user.earliestEnd = Infinity
    for (const [handle, end] of user.entries) {
      if (end <= time) user.entries.delete(handle)
      else user.earliestEnd = Math.min(user.earliestEnd, end)
    }
  }

  async function list(userId: string): ReturnType<UserIndex['list']> {
    check()
    const user = users.get(userId)
    if (user === undefined) return { handles: [], after: undefined }
    dropExpired(user)
    return { handles: [...user.entries.keys()], after: undefined }
  }

  return {
    seesRecords: true,
    moment: () => revocations,
    async add(userId, { handle, openedAt, lifetimeMs, limit = Infinity, mustExist = false }) {
      check()
      sweepSometimes()
      const user = userOf(userId)
      if (Math.max(user.revocation, forgotten) > openedAt) return { status: 'revoked' }
      if (mustExist && !isStored(handle)) return { status: 'absent' }
      dropExpired(user)
      const others = user.entries.size - (user.entries.has(handle) ? 1 : 0)
      if (others >= limit) return { status: 'full' }
      const end = Math.max(user.entries.get(handle) ?? 0, now() + (lifetimeMs > 0 ? lifetimeMs : 0))
      user.entries.set(handle, end)
      user.earliestEnd = Math.min(user.earliestEnd, end)
      return { status: 'added', others }
    },
    async revoke(userId) {
      check()
      sweepSometimes()
      const user = userOf(userId)
      revocations += 1
      user.revocation = revocations
      user.markedUntil = now() + markLifetimeMs
      return { ...(await list(userId)), moment: revocations }
    },
    list,
    async drop(userId, handles) {
      check()
      const user = users.get(userId)
      for (const handle of handles) user?.entries.delete(handle)
    },
    clear: () => users.clear(),
  }
}
