import { forever, spoilJournal, type StoreMutant, withJournal } from './mutant.js'

const notPositive = 'an entry whose time is not positive is not kept, and takes no place of another'

/** Sabotages of how long the entries of journals are kept. */
export const journalExpiryMutants: StoreMutant[] = [
  {
    name: 'keeps journals for ever',
    killedBy: 'the only entry of a journal goes when its time is over',
    sabotage: keeping(() => forever),
  },
  {
    name: 'takes the time of an entry for microseconds',
    killedBy: 'an entry of a journal stays for its time',
    sabotage: keeping((keepMs) => keepMs / 1000),
  },
  {
    name: 'keeps entries of journals for whole seconds',
    killedBy: 'an entry of a journal is read until the last millisecond of its time, and no longer',
    sabotage: keeping((keepMs) => Math.ceil(keepMs / 1000) * 1000),
  },
  {
    name: 'keeps a journal as long as its last entry',
    killedBy: 'an entry that is kept for less time takes none with it',
    sabotage: endingTogether((_previous, end) => end),
  },
  {
    name: 'keeps a journal as long as the entry that goes last',
    killedBy: 'an entry that is kept for longer keeps no other',
    sabotage: endingTogether(Math.max),
  },
  {
    name: 'counts entries whose time is over',
    killedBy: 'an entry whose time is over takes no place of another',
    sabotage: (clock) => (store) =>
      withJournal(store, ({ append, read }) => ({
        append: (userId, text, keepMs, most) => append(userId, `${clock.now() + keepMs} ${text}`, forever, most),
        async read(userId) {
          const entries = await read(userId)
          const kept = entries.filter((entry) => parseFloat(entry) > clock.now())
          return kept.map((entry) => entry.slice(entry.indexOf(' ') + 1))
        },
      })),
  },
  {
    name: 'takes a time that is not positive for a long one',
    killedBy: notPositive,
    sabotage: keeping((keepMs) => (keepMs > 0 ? keepMs : forever)),
  },
  {
    name: 'drops a journal when an entry comes whose time is not positive',
    killedBy: notPositive,
    sabotage: spoilJournal(({ append, clear }) => ({
      append: (userId, text, keepMs, most) => (keepMs > 0 ? append(userId, text, keepMs, most) : clear(userId)),
    })),
  },
  {
    name: 'rejects a time of an entry with a fraction',
    killedBy: 'an entry can be kept for a time with a fraction of a millisecond',
    sabotage: keeping((keepMs) => {
      if (keepMs % 1 > 0) throw new RangeError('not an integer')
      return keepMs
    }),
  },
]

function keeping(change: (keepMs: number) => number): StoreMutant['sabotage'] {
  return spoilJournal(({ append }) => ({
    append: async (userId, text, keepMs, most) => append(userId, text, change(keepMs), most),
  }))
}

/** All entries of a user are kept until one moment, which each new entry changes. */
function endingTogether(endAfter: (previous: number, end: number) => number): StoreMutant['sabotage'] {
  return (clock) => {
    const ends = new Map<string, number>()
    return (store) =>
      withJournal(store, ({ append, read }) => ({
        append(userId, text, keepMs, most) {
          ends.set(userId, endAfter(ends.get(userId) ?? 0, clock.now() + keepMs))
          return append(userId, text, forever, most)
        },
        read: async (userId) => (clock.now() < (ends.get(userId) ?? 0) ? read(userId) : []),
      }))
  }
}
