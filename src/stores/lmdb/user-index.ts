import { sleep } from '../../engine/timers.js'
import type { Handle, UserIndex } from '../../store.js'
import type { LmdbDatabase } from './database.js'
import { isAhead, isRevoked, momentAfter, nextMark } from './moments.js'
import { pageSize, readCursor } from './pages.js'
import { digestOfUser } from './user-digest.js'
import type { UserEntries } from './user-entries.js'

/** How the store reads and writes: rejects with our errors only. */
export interface Access {
  readonly now: () => number
  /** Whether there is such a session, asked in a step. */
  readonly isStored: (handle: Handle) => boolean
  read<Result>(step: () => Result): Promise<Result>
  write<Result>(step: () => Result, addedBytes?: number): Promise<Result>
}

// What an entry takes in the files, with its user and the room that a tree leaves free.
const entryBytes = 512
// How often to look whether the clock has moved on after a mark.
const looks = 5

/** The index of users in the database, which all processes of the machine share. */
export function userIndex(
  database: LmdbDatabase,
  entries: UserEntries,
  { now, isStored, read, write }: Access,
): UserIndex {
  const moment = (): number => momentAfter(database.latestMark, now())

  /** Waits until the clock is past the mark, so that sign-ins opened from now on come after it, in all processes. A fake clock may stand still. */
  async function passMark(mark: number): Promise<void> {
    for (let look = 0; look < looks && now() <= mark; look++) await sleep(1)
    const { latestMark } = database
    database.latestMark = isAhead(latestMark, now()) ? mark : Math.max(mark, latestMark)
  }

  return {
    seesRecords: true,
    moment,
    async add(userId, { handle, openedAt, lifetimeMs, limit = Infinity, mustExist = false }) {
      const user = digestOfUser(userId)
      return write(() => {
        const time = now()
        if (isRevoked(openedAt, entries.markOf(user), time)) return { status: 'revoked' }
        if (mustExist && !isStored(handle)) return { status: 'absent' }
        const others = entries.countOthers(user, handle, time)
        if (others >= limit) return { status: 'full' }
        const expiresAt = Math.min(Math.ceil(time + lifetimeMs), Number.MAX_SAFE_INTEGER)
        // With no lifetime, or NaN, the entry would be gone at once.
        if (expiresAt > time) entries.extend(user, handle, expiresAt)
        return { status: 'added', others }
      }, entryBytes)
    },
    async revoke(userId) {
      const user = digestOfUser(userId)
      const { mark, page } = await write(() => {
        const mark = nextMark(entries.markOf(user), moment())
        entries.setMark(user, mark)
        return { mark, page: entries.page(user, undefined, now()) }
      })
      await passMark(mark)
      return { ...page, moment: mark + 1 }
    },
    async list(userId, after) {
      const cursor = readCursor(after)
      return read(() => entries.page(digestOfUser(userId), cursor, now()))
    },
    async drop(userId, handles) {
      const user = digestOfUser(userId)
      for (let start = 0; start < handles.length; start += pageSize) {
        const batch = handles.slice(start, start + pageSize)
        await Promise.all(batch.map((handle) => write(() => entries.remove(user, handle))))
      }
    },
  }
}
