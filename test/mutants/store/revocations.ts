import { aWhile, neverRevoked, spoilUsers, type StoreMutant, withUsers } from './mutant.js'

const early = 'what was opened before a revocation, or in that moment, is refused in every process'
const later = 'what is opened after a revocation is added at once, in every process'
const moment = 'the moment that revoke returns is after the revocation, and before the next one'
const entries = 'a revocation returns the entries of all processes, and leaves them in place'
const race = 'an addition that races with a revocation is refused, or on its pages'

/** Sabotages of `revoke`, and of what it means to additions. */
export const revocationMutants: StoreMutant[] = [
  {
    name: 'revoke leaves no mark',
    killedBy: early,
    sabotage: spoilUsers((users) => ({
      revoke: async (userId) => ({ ...(await users.list(userId)), moment: users.moment() }),
    })),
  },
  {
    name: 'refuses in the process that revoked only',
    killedBy: early,
    sabotage: () => (store) => {
      const own = new Set<string>()
      return withUsers(store, (users) => ({
        revoke: (userId) => (own.add(userId), users.revoke(userId)),
        add: (userId, entry) => users.add(userId, own.has(userId) ? entry : neverRevoked(entry)),
      }))
    },
  },
  {
    name: 'accepts what was opened in the moment of the revocation',
    killedBy: early,
    sabotage: spoilUsers((users) => ({
      add: (userId, entry) => users.add(userId, { ...entry, openedAt: entry.openedAt + 1 }),
    })),
  },
  {
    name: 'refuses what was revoked and adds it all the same',
    killedBy: early,
    sabotage: spoilUsers((users) => ({
      async add(userId, entry) {
        const result = await users.add(userId, entry)
        if (result.status === 'revoked') await users.add(userId, neverRevoked(entry))
        return result
      },
    })),
  },
  {
    name: 'locks a user who was revoked',
    killedBy: later,
    sabotage: () => {
      const locked = new Set<string>()
      return (store) =>
        withUsers(store, (users) => ({
          revoke: (userId) => (locked.add(userId), users.revoke(userId)),
          add: async (userId, entry) => (locked.has(userId) ? { status: 'revoked' } : users.add(userId, entry)),
        }))
    },
  },
  { name: 'revoke returns the moment before it', killedBy: moment, sabotage: returningMoment((number) => number - 1) },
  {
    name: 'revoke returns a moment in the future',
    killedBy: moment,
    sabotage: returningMoment((number) => number + 9),
  },
  {
    name: 'revoke returns no entries',
    killedBy: entries,
    sabotage: spoilUsers((users) => ({ revoke: async (userId) => ({ ...(await users.revoke(userId)), handles: [] }) })),
  },
  {
    name: 'revoke drops the entries',
    killedBy: entries,
    sabotage: spoilUsers((users) => ({
      async revoke(userId) {
        const page = await users.revoke(userId)
        await users.drop(userId, page.handles)
        return page
      },
    })),
  },
  {
    name: 'revokes all users',
    killedBy: 'a revocation is for one user',
    sabotage: () => {
      let last = -Infinity
      return (store) =>
        withUsers(store, (users) => ({
          async revoke(userId) {
            const page = await users.revoke(userId)
            last = Math.max(last, page.moment)
            return page
          },
          add: async (userId, entry) => (entry.openedAt < last ? { status: 'revoked' } : users.add(userId, entry)),
        }))
    },
  },
  {
    name: 'leaves no mark for a user without entries',
    killedBy: 'a user without entries can be revoked',
    sabotage: spoilUsers((users) => ({
      async revoke(userId) {
        const page = await users.list(userId)
        return page.handles.length === 0 ? { ...page, moment: users.moment() } : users.revoke(userId)
      },
    })),
  },
  {
    name: 'forgets a revocation with the last entry that is dropped',
    killedBy: 'a revocation stays when the entries are dropped',
    sabotage: () => {
      const forgotten = new Set<string>()
      return (store) =>
        withUsers(store, (users) => ({
          async drop(userId, handles) {
            await users.drop(userId, handles)
            if ((await users.list(userId)).handles.length === 0) forgotten.add(userId)
          },
          add: (userId, entry) => users.add(userId, forgotten.has(userId) ? neverRevoked(entry) : entry),
        }))
    },
  },
  {
    name: 'lists, waits, then leaves the mark',
    killedBy: race,
    sabotage: spoilUsers((users) => ({
      async revoke(userId) {
        const page = await users.list(userId)
        await aWhile()
        return { ...page, moment: (await users.revoke(userId)).moment }
      },
    })),
  },
  {
    name: 'looks for the mark, waits, then adds',
    killedBy: race,
    sabotage: spoilUsers((users) => ({
      async add(userId, entry) {
        const result = await users.add(userId, entry)
        if (result.status !== 'added') return result
        await users.drop(userId, [entry.handle])
        await aWhile()
        return users.add(userId, neverRevoked(entry))
      },
    })),
  },
]

function returningMoment(change: (moment: number) => number): StoreMutant['sabotage'] {
  return spoilUsers((users) => ({
    async revoke(userId) {
      const page = await users.revoke(userId)
      return { ...page, moment: change(page.moment) }
    },
  }))
}
