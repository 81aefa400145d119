import type { Handle, HandlePage } from '../../store.js'
import type { LmdbDatabase } from './database.js'
import { markLifetimeMs } from './moments.js'
import { cursorAfter, pageSize } from './pages.js'

/** The rows of the index of users. A user is the digest of an id. All but the two reading ones must be called in a write transaction. */
export interface UserEntries {
  /** The mark of the user's last revocation. */
  markOf(user: string): number | undefined
  setMark(user: string, mark: number): void
  /** How many other entries the user has at this time. */
  countOthers(user: string, handle: Handle, time: number): number
  /** Enters a session until then, or longer if it has a longer entry: a call for a shorter time may be late. */
  extend(user: string, handle: Handle, expiresAt: number): void
  remove(user: string, handle: Handle): void
  page(user: string, after: Handle | undefined, time: number): HandlePage
  /** Removes up to `limit` entries and marks of all users that have ended, and returns how many rows of their order it removed. */
  dropDue(time: number, limit: number): number
}

interface User {
  readonly count: number
  readonly mark: number | undefined
}

// How many ended entries one addition removes, of any users.
const dropsPerAddition = 20
// In the place of a handle, for the end of a mark.
const ofMark = '-'
// After all handles of a user.
const last = '~'

/**
 * A user has a row with the number of its entries, so that adding one takes no longer if there are ten thousand. Whatever ends is also in an
 * order of its own, so that finding it takes no longer if there are a million others.
 */
export function userEntries({ users, userEntries: entries, userExpiries: expiries }: LmdbDatabase): UserEntries {
  function find(user: string): User {
    const [count, mark] = users.get(user)?.split(' ').map(Number) ?? []
    return { count: count ?? 0, mark }
  }

  function store(user: string, { count, mark }: User): void {
    if (count > 0 || mark !== undefined) users.putSync(user, mark === undefined ? String(count) : `${count} ${mark}`)
    else users.removeSync(user)
  }

  function addToCount(user: string, difference: number): void {
    const { count, mark } = find(user)
    store(user, { count: count + difference, mark })
  }

  function endOf(user: string, handle: Handle): number | undefined {
    const value = entries.get([user, handle])
    return value === undefined ? undefined : Number(value)
  }

  function remove(user: string, handle: Handle): void {
    const end = endOf(user, handle)
    if (end === undefined) return
    entries.removeSync([user, handle])
    expiries.removeSync([end, user, handle])
    addToCount(user, -1)
  }

  function dropMark(user: string, expiresAt: number): void {
    const { count, mark } = find(user)
    if (mark !== undefined && mark + markLifetimeMs === expiresAt) store(user, { count, mark: undefined })
  }

  function dropDue(time: number, limit: number): number {
    const due = Array.from(expiries.getKeys({ end: [Math.floor(time) + 1], limit }))
    for (const [expiresAt, user, handle] of due) {
      if (handle === ofMark) dropMark(user, expiresAt)
      else if (endOf(user, handle) === expiresAt) remove(user, handle)
      expiries.removeSync([expiresAt, user, handle])
    }
    return due.length
  }

  function countAlive(user: string, time: number): number {
    let count = 0
    for (const { value } of entries.getRange({ start: [user], end: [user, last] })) if (Number(value) > time) count += 1
    return count
  }

  return {
    markOf: (user) => find(user).mark,
    setMark(user, mark) {
      const { count, mark: previous } = find(user)
      if (previous !== undefined) expiries.removeSync([previous + markLifetimeMs, user, ofMark])
      expiries.putSync([mark + markLifetimeMs, user, ofMark], '')
      store(user, { count, mark })
    },
    countOthers(user, handle, time) {
      // The number of entries is right once all that has ended is gone. If that is too much for now, they are counted.
      const count = dropDue(time, dropsPerAddition) < dropsPerAddition ? find(user).count : countAlive(user, time)
      const own = endOf(user, handle)
      return own !== undefined && own > time ? count - 1 : count
    },
    extend(user, handle, expiresAt) {
      const previous = endOf(user, handle)
      if (previous !== undefined && previous >= expiresAt) return
      if (previous === undefined) addToCount(user, 1)
      else expiries.removeSync([previous, user, handle])
      entries.putSync([user, handle], String(expiresAt))
      expiries.putSync([expiresAt, user, handle], '')
    },
    remove,
    page(user, after, time) {
      const range = after === undefined ? { start: [user] } : { start: [user, after], exclusiveStart: true }
      const found = Array.from(entries.getRange({ ...range, end: [user, last], limit: pageSize }))
      const handles = found.filter(({ value }) => Number(value) > time).map(({ key: [, handle] }) => handle)
      return { handles, after: cursorAfter(found.map(({ key: [, handle] }) => handle)) }
    },
    dropDue,
  }
}
