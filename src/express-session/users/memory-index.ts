import type { StoredSession } from '../api/store.js'
import type { IndexEntry, IndexPage, SessionIndex } from './session-index.js'

interface User {
  /** When each session was entered, by id. */
  readonly entries: Map<string, number>
  /** The number of the last revocation; 0 if there was none. */
  revocation: number
}

/** What the index needs of the store. */
interface Sessions {
  /** What is stored, as JSON, by id. */
  sessions: Record<string, string>
}

const indexes = new WeakMap<Sessions, SessionIndex & { clear(): void }>()

/** The index of a store in the memory of this process. Made when first used, because stores may be made without the constructor. */
export function memoryIndexOf(store: Sessions): SessionIndex & { clear(): void } {
  const index = indexes.get(store) ?? memoryIndex(store)
  indexes.set(store, index)
  return index
}

/** Moments are counted in revocations, so their order is exact. Like the sessions, entries and marks stay until they are removed. */
function memoryIndex(store: Sessions): SessionIndex & { clear(): void } {
  const users = new Map<string, User>()
  let revocations = 0

  function userOf(userId: string): User {
    const user = users.get(userId) ?? { entries: new Map<string, number>(), revocation: 0 }
    users.set(userId, user)
    return user
  }

  async function list(userId: string): Promise<IndexPage> {
    const entries = [...(users.get(userId)?.entries ?? [])]
    return { entries: entries.map(([id, enteredAt]): IndexEntry => ({ id, enteredAt })), after: undefined }
  }

  return {
    moment: () => revocations,
    async add(userId, { id, openedAt, limit = Infinity }) {
      const { entries, revocation } = userOf(userId)
      if (revocation > openedAt) return { status: 'revoked' }
      const others = entries.size - (entries.has(id) ? 1 : 0)
      if (others >= limit) return { status: 'full' }
      entries.set(id, Date.now())
      return { status: 'added', others }
    },
    async keep(userId, { id }) {
      const { entries } = userOf(userId)
      if (!entries.has(id)) entries.set(id, Date.now())
    },
    async revoke(userId) {
      revocations += 1
      userOf(userId).revocation = revocations
      return { ...(await list(userId)), moment: revocations }
    },
    list,
    async drop(userId, ids) {
      const user = users.get(userId)
      for (const id of ids) user?.entries.delete(id)
      if (user?.entries.size === 0 && user.revocation === 0) users.delete(userId)
    },
    lifetimeMs: (session: StoredSession) => session.cookie?.originalMaxAge ?? Infinity,
    ids: async () => Object.keys(store.sessions),
    clear() {
      for (const { entries } of users.values()) entries.clear()
    },
  }
}
