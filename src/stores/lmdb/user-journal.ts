import { newVersion, type UserJournal } from '../../store.js'
import type { LmdbDatabase } from './database.js'
import { digestOfUser } from './user-digest.js'
import type { Access } from './user-index.js'

// What an entry takes in the files besides its text.
const entryBytes = 256
// Behind all times.
const last = Number.MAX_SAFE_INTEGER

/** The journals of users. `dropDue` removes up to `limit` entries whose time is over, in a write transaction, and returns how many. */
export function userJournal(
  { journals, journalExpiries }: Pick<LmdbDatabase, 'journals' | 'journalExpiries'>,
  { now, read, write }: Access,
): UserJournal & { dropDue(limit: number): number } {
  function keysOf(user: string): [user: string, until: number, mark: string][] {
    return Array.from(journals.getKeys({ start: [user, 0, ''], end: [user, last, ''] }))
  }

  function remove([user, until, mark]: [user: string, until: number, mark: string]): void {
    journals.removeSync([user, until, mark])
    journalExpiries.removeSync([until, user, mark])
  }

  return {
    append: (userId, text, keepMs, most) =>
      write(
        () => {
          const user = digestOfUser(userId)
          const until = Math.ceil(now() + keepMs)
          const mark = newVersion()
          journals.putSync([user, until, mark], text)
          journalExpiries.putSync([until, user, mark], '')
          const keys = keysOf(user)
          for (const key of keys.slice(0, Math.max(0, keys.length - most))) remove(key)
        },
        entryBytes + Buffer.byteLength(text),
      ),

    read: (userId) =>
      read(() => {
        const user = digestOfUser(userId)
        const range = { start: [user, Math.floor(now()) + 1, ''], end: [user, last, ''] } as const
        const entries = Array.from(journals.getRange(range as never)) as { readonly value: string }[]
        return entries.map(({ value }) => value).reverse()
      }),

    clear: (userId) => write(() => keysOf(digestOfUser(userId)).forEach(remove)),

    dropDue(limit) {
      const due = Array.from(journalExpiries.getKeys({ end: [Math.floor(now()) + 1, '', ''], limit }))
      for (const [until, user, mark] of due) remove([user, until, mark])
      return due.length
    },
  }
}
