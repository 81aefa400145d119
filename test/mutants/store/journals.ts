import { isHandle, type UserJournal } from 'sessera'
import { aWhile, spoilJournal, type StoreMutant, withJournal } from './mutant.js'

const found = "an entry is read by every process at once, in its user's journal only"
const unchanged = 'entries come back unchanged, whatever their characters'
const latest = 'the latest entry comes first, also among those of one moment'
const bound = 'a user has no more entries than are to be kept: the latest'
const ids = 'in journals, too, user ids are text of any characters, and no two the same'
const cleared = 'clear removes the entries of all processes, of this user only'
const again = 'an empty journal can be cleared, and a cleared one is used again'

/** Sabotages of journals: their entries, order, bound and users. */
export const journalMutants: StoreMutant[] = [
  { name: 'reads no entries', killedBy: found, sabotage: reading(() => []) },
  { name: 'has one journal for all users', killedBy: found, sabotage: renamingUsers(() => 'all') },
  {
    name: 'reads the entries of its own process only',
    killedBy: found,
    sabotage: () => (store) => {
      const own = new Set<string>()
      return withJournal(store, (journal) => ({
        append: (userId, text, ...rest) => (own.add(text), journal.append(userId, text, ...rest)),
        read: async (userId) => (await journal.read(userId)).filter((text) => own.has(text)),
      }))
    },
  },
  { name: 'trims entries', killedBy: unchanged, sabotage: reading((texts) => texts.map((text) => text.trim())) },
  {
    name: 'cuts long entries',
    killedBy: unchanged,
    sabotage: reading((texts) => texts.map((it) => it.slice(0, 1_024))),
  },
  { name: 'has no empty entries', killedBy: unchanged, sabotage: reading((texts) => texts.filter((text) => text)) },
  { name: 'reads the oldest entry first', killedBy: latest, sabotage: reading((texts) => texts.toReversed()) },
  {
    name: 'sorts the entries of one moment by their texts',
    killedBy: latest,
    sabotage: (clock) => (store) =>
      withJournal(store, ({ append, read }) => ({
        append: (userId, text, ...rest) => append(userId, `${clock.now()} ${text}`, ...rest),
        read: async (userId) => (await read(userId)).toSorted().reverse().map(withoutNumber),
      })),
  },
  {
    name: 'sorts entries by when they go',
    killedBy: 'the latest entry comes first, also if it is kept for less time',
    sabotage: (clock) => (store) =>
      withJournal(store, ({ append, read }) => ({
        append: (userId, text, keepMs, most) => append(userId, `${clock.now() + keepMs} ${text}`, keepMs, most),
        read: async (userId) => (await read(userId)).toSorted(laterEnd).map(withoutNumber),
      })),
  },
  {
    name: 'has entries of the same text once',
    killedBy: 'an entry with the text of another is a second one',
    sabotage: reading((texts) => [...new Set(texts)]),
  },
  { name: 'keeps all entries', killedBy: bound, sabotage: bounding(() => 1_000) },
  { name: 'keeps an entry more', killedBy: bound, sabotage: bounding((most) => most + 1) },
  {
    name: 'of too many entries keeps those that go last',
    killedBy: bound,
    sabotage: (clock) => (store) => {
      let bound = 100
      return withJournal(store, ({ append, read }) => ({
        append: (userId, text, keepMs, most) =>
          append(userId, `${clock.now() + keepMs} ${text}`, keepMs, (bound = most) + 1),
        async read(userId) {
          const entries = await read(userId)
          const kept = entries.toSorted(laterEnd).slice(0, bound)
          return entries.filter((entry) => kept.includes(entry)).map(withoutNumber)
        },
      }))
    },
  },
  {
    name: 'bounds the entries of all users together',
    killedBy: "one user's entries take no place of another's",
    sabotage: () => {
      const users: string[] = []
      return (store) =>
        withJournal(store, ({ append, clear }) => ({
          async append(userId, text, keepMs, most) {
            await append(userId, text, keepMs, most)
            users.push(userId)
            const oldest = users.length > most ? users.shift() : undefined
            if (oldest !== undefined && oldest !== userId) await clear(oldest)
          },
        }))
    },
  },
  { name: 'folds the case of users of journals', killedBy: ids, sabotage: renamingUsers((id) => id.toLowerCase()) },
  { name: 'cuts users of journals at a line end', killedBy: ids, sabotage: renamingUsers((id) => id.split('\n')[0]!) },
  {
    name: 'writes users of journals as UTF-8, so that ill-formed ones are the same',
    killedBy: ids,
    sabotage: renamingUsers((id) => Buffer.from(id).toString()),
  },
  {
    name: 'reads a journal, waits, and writes it with one entry more',
    killedBy: 'of parallel additions none is lost, and the bound is kept',
    sabotage: () => {
      const journals = new Map<string, readonly string[]>()
      const read = async (userId: string) => journals.get(userId) ?? []
      return (store) =>
        withJournal(store, () => ({
          read,
          async append(userId, text, _keepMs, most) {
            const entries = await read(userId)
            await aWhile()
            journals.set(userId, [text, ...entries].slice(0, most))
          },
          clear: async (userId) => void journals.delete(userId),
        }))
    },
  },
  { name: 'clears nothing', killedBy: cleared, sabotage: spoilJournal(() => ({ clear: async () => {} })) },
  {
    name: 'clears the journals of all users',
    killedBy: cleared,
    sabotage: () => {
      const users = new Set<string>()
      return (store) =>
        withJournal(store, ({ append, clear }) => ({
          append: (userId, ...rest) => (users.add(userId), append(userId, ...rest)),
          clear: async () => void (await Promise.all([...users].map(clear))),
        }))
    },
  },
  {
    name: 'cannot clear an empty journal',
    killedBy: again,
    sabotage: spoilJournal(({ clear, read }) => ({
      async clear(userId) {
        if ((await read(userId)).length === 0) throw new Error('no such journal')
        await clear(userId)
      },
    })),
  },
  {
    name: 'leaves a journal closed that was cleared',
    killedBy: again,
    sabotage: () => {
      const closed = new Set<string>()
      return (store) =>
        withJournal(store, ({ append, clear }) => ({
          append: async (userId, ...rest) => (closed.has(userId) ? undefined : append(userId, ...rest)),
          clear: (userId) => (closed.add(userId), clear(userId)),
        }))
    },
  },
  {
    name: 'lists journals as sessions',
    killedBy: 'list shows no journals',
    sabotage: () => (store) => {
      const users = new Set<string>()
      const spoilt = withJournal(store, ({ append }) => ({
        append: (userId, ...rest) => (users.add(userId), append(userId, ...rest)),
      }))
      return {
        ...spoilt,
        async list(after) {
          const page = await store.list!(after)
          return { ...page, handles: [...[...users].filter(isHandle), ...page.handles] }
        },
      }
    },
  },
  {
    name: 'once closed, reads no entries of a journal',
    killedBy: 'the journal of a closed store is read, or rejects',
    sabotage: () => (store) => {
      let isClosed = false
      const spoilt = withJournal(store, ({ read }) => ({ read: async (userId) => (isClosed ? [] : read(userId)) }))
      return { ...spoilt, close: async () => void (isClosed = true) }
    },
  },
  {
    name: 'clears its journals when it is closed',
    killedBy: 'closing a store leaves its journals to other processes',
    sabotage: () => (store) => {
      const users = new Set<string>()
      const spoilt = withJournal(store, ({ append }) => ({
        append: (userId, ...rest) => (users.add(userId), append(userId, ...rest)),
      }))
      return { ...spoilt, close: async () => void (await Promise.all([...users].map(store.journal!.clear))) }
    },
  },
]

function reading(change: (texts: readonly string[]) => readonly string[]): StoreMutant['sabotage'] {
  return spoilJournal(({ read }) => ({ read: async (userId) => change(await read(userId)) }))
}

function bounding(change: (most: number) => number): StoreMutant['sabotage'] {
  return spoilJournal(({ append }) => ({
    append: (userId, text, keepMs, most) => append(userId, text, keepMs, change(most)),
  }))
}

function renamingUsers(rename: (userId: string) => string): StoreMutant['sabotage'] {
  return spoilJournal(({ append, read, clear }): UserJournal => ({
    append: (userId, ...rest) => append(rename(userId), ...rest),
    read: (userId) => read(rename(userId)),
    clear: (userId) => clear(rename(userId)),
  }))
}

const withoutNumber = (entry: string): string => entry.slice(entry.indexOf(' ') + 1)
const laterEnd = (one: string, other: string): number => parseFloat(other) - parseFloat(one)
