import type { UserJournal } from '../store.js'

interface Entry {
  readonly text: string
  readonly until: number
}

/** The journals of the users of this process. */
export function memoryJournal(now: () => number, check: () => void): UserJournal {
  const journals = new Map<string, readonly Entry[]>()

  function current(userId: string): readonly Entry[] {
    const entries = (journals.get(userId) ?? []).filter(({ until }) => until > now())
    if (entries.length === 0) journals.delete(userId)
    else journals.set(userId, entries)
    return entries
  }

  return {
    async append(userId, text, keepMs, most) {
      check()
      if (!(keepMs > 0)) return
      // Every user is looked at when somebody's session ends, which is seldom, so no entry stays for ever.
      for (const other of journals.keys()) current(other)
      journals.set(userId, [{ text, until: now() + keepMs }, ...current(userId)].slice(0, most))
    },
    async read(userId) {
      check()
      return current(userId).map(({ text }) => text)
    },
    async clear(userId) {
      check()
      journals.delete(userId)
    },
  }
}
