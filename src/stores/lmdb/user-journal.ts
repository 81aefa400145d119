import type { UserJournal } from '../../store.js'
import type { LmdbDatabase } from './database.js'
import { digestOfUser } from './user-digest.js'
import type { Access } from './user-index.js'

// What an entry takes in the files besides its text.
const entryBytes = 256
// Behind all numbers and times.
const last = Number.MAX_SAFE_INTEGER

type Key = [user: string, number: number, until: number]

/** The journals of users. `dropDue` removes up to `limit` entries whose time is over, in a write transaction, and returns how many. */
export function userJournal(
  { journals, journalExpiries }: Pick<LmdbDatabase, 'journals' | 'journalExpiries'>,
  { now, read, write }: Access,
): UserJournal & { dropDue(limit: number): number } {
  function rangeOf(userId: string) {
    const user = digestOfUser(userId)
    return { user, range: { start: [user, 0, 0] as Key, end: [user, last, last] as Key } }
  }

  function remove([user, number, until]: Key): void {
    journals.removeSync([user, number, until])
    journalExpiries.removeSync([until, user, number])
  }

  const isKept = ([, , until]: Key): boolean => until > now()

  return {
    async append(userId, text, keepMs, most) {
      if (!(keepMs > 0)) return
      await write(
        () => {
          const { user, range } = rangeOf(userId)
          const keys = Array.from(journals.getKeys(range))
          const number = (keys.at(-1)?.[1] ?? 0) + 1
          const until = Math.min(Math.ceil(now() + keepMs), last)
          journals.putSync([user, number, until], text)
          journalExpiries.putSync([until, user, number], '')
          const kept = keys.filter(isKept)
          const over = keys.filter((key) => !isKept(key))
          for (const key of [...over, ...kept.slice(0, Math.max(0, kept.length + 1 - most))]) remove(key)
        },
        entryBytes + Buffer.byteLength(text),
      )
    },

    read: (userId) =>
      read(() => {
        const entries = Array.from(journals.getRange(rangeOf(userId).range))
        return entries
          .filter(({ key }) => isKept(key))
          .map(({ value }) => value)
          .reverse()
      }),

    clear: (userId) => write(() => Array.from(journals.getKeys(rangeOf(userId).range)).forEach(remove)),

    dropDue(limit) {
      const due = Array.from(journalExpiries.getKeys({ end: [Math.floor(now()) + 1, '', 0], limit }))
      for (const [until, user, number] of due) remove([user, number, until])
      return due.length
    },
  }
}
