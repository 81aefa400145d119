import type { UserEntry } from 'sessera'
import { forever, neverRevoked, spoilUsers, type StoreMutant, withUsers } from './mutant.js'

const day = 86_400_000

/** Sabotages of how long entries and revocations are kept. */
export const userExpiryMutants: StoreMutant[] = [
  {
    name: 'keeps entries for ever',
    killedBy: 'the only entry of a user goes when its lifetime is over',
    sabotage: lasting(() => forever),
  },
  {
    name: 'keeps all entries of a user as long as the longest',
    killedBy: 'an entry whose lifetime is over is not counted, beside one that lasts',
    sabotage: () => {
      const longest = new Map<string, number>()
      return (store) =>
        withUsers(store, (users) => ({
          add(userId, entry) {
            const lifetimeMs = Math.max(entry.lifetimeMs, longest.get(userId) ?? 0)
            longest.set(userId, lifetimeMs)
            return users.add(userId, { ...entry, lifetimeMs })
          },
        }))
    },
  },
  {
    name: 'takes a lifetime for microseconds',
    killedBy: 'an entry stays for its lifetime',
    sabotage: lasting((lifetimeMs) => lifetimeMs / 1000),
  },
  {
    name: 'leaves an entry that is there as it is',
    killedBy: 'an entry that is added again is extended',
    sabotage: spoilUsers((users) => ({
      async add(userId, entry) {
        const { handles } = await users.list(userId)
        if (!handles.includes(entry.handle)) return users.add(userId, entry)
        return users.add(userId, { ...entry, lifetimeMs: 0 })
      },
    })),
  },
  {
    name: 'gives an entry the lifetime of the last addition',
    killedBy: 'an entry that is added again for a shorter time is not shortened',
    sabotage: spoilUsers((users) => ({
      async add(userId, entry) {
        const { handles } = await users.list(userId)
        const isThere = handles.includes(entry.handle)
        const result = await users.add(userId, { ...entry, lifetimeMs: 0 })
        if (result.status !== 'added') return result
        if (isThere) await users.drop(userId, [entry.handle])
        return { ...(await users.add(userId, { ...entry, limit: undefined })), others: result.others }
      },
    })),
  },
  {
    name: 'takes a lifetime that is not positive for a long one',
    killedBy: 'an entry whose lifetime is not positive does not stay',
    sabotage: lasting((lifetimeMs) => (lifetimeMs > 0 ? lifetimeMs : forever)),
  },
  {
    name: 'forgets a revocation with the last entry that expires',
    killedBy: 'a revocation outlives the entries of its user',
    sabotage: (clock) => {
      const ends = new Map<string, number>()
      return (store) =>
        withUsers(store, (users) => ({
          add(userId, entry) {
            const end = ends.get(userId) ?? Infinity
            ends.set(userId, Math.max(end === Infinity ? 0 : end, clock.now() + entry.lifetimeMs))
            return users.add(userId, clock.now() >= end ? neverRevoked(entry) : entry)
          },
        }))
    },
  },
  {
    name: 'forgets a revocation after a day, and accepts who has waited for that',
    killedBy: 'who waits for days is refused as well: the revocation may be forgotten, but not that there was one',
    sabotage: (clock) => {
      const revoked = new Map<string, number>()
      return (store) =>
        withUsers(store, (users) => ({
          revoke: (userId) => (revoked.set(userId, clock.now()), users.revoke(userId)),
          add(userId, entry) {
            const isForgotten = clock.now() - (revoked.get(userId) ?? Infinity) > day
            return users.add(userId, isForgotten ? neverRevoked(entry) : entry)
          },
        }))
    },
  },
]

function lasting(change: (lifetimeMs: number) => number): StoreMutant['sabotage'] {
  const changed = (entry: UserEntry): UserEntry => ({ ...entry, lifetimeMs: change(entry.lifetimeMs) })
  return spoilUsers((users) => ({ add: (userId, entry) => users.add(userId, changed(entry)) }))
}
