import { type Handle, newHandle, type UserIndex } from 'sessera'
import { aWhile, spoilUsers, type StoreMutant, withUsers } from './mutant.js'

const found = 'an entry is found by every process at once, under its user only'
const count = 'others counts the other entries of the user, of all processes'
const twice = 'an entry that is added twice is there once, and no other of itself'
const ids = 'user ids are text of any characters, and no two of them are the same'
const dropped = 'dropped entries are gone for every process; those of other users stay'
const unknown = 'dropping nothing, unknown handles or those of an unknown user changes nothing'
const limit = 'at the limit an addition is refused and adds nothing, unless the entry is there'
const moment = 'moment() returns a number at once that never goes back'

/** Sabotages of the index of users: its entries, user ids, limits and moments. */
export const userMutants: StoreMutant[] = [
  {
    name: 'finds no entries',
    killedBy: found,
    sabotage: spoilUsers(() => ({ list: async () => ({ handles: [], after: undefined }) })),
  },
  { name: 'has one list for all users', killedBy: found, sabotage: renamingUsers(() => 'all') },
  {
    name: 'finds entries of its own process only',
    killedBy: found,
    sabotage: () => (store) => {
      const own = new Set<Handle>()
      return withUsers(store, (users) => ({
        add: (userId, entry) => (own.add(entry.handle), users.add(userId, entry)),
        async list(...call) {
          const { handles, after } = await users.list(...call)
          return { handles: handles.filter((handle) => own.has(handle)), after }
        },
      }))
    },
  },
  { name: 'counts the entry among the others', killedBy: count, sabotage: counting((others) => others + 1) },
  { name: 'counts no others', killedBy: count, sabotage: counting(() => 0) },
  {
    name: 'counts what this process added',
    killedBy: count,
    sabotage: () => (store) => {
      const own = new Map<string, number>()
      return withUsers(store, (users) => ({
        async add(userId, entry) {
          const result = await users.add(userId, entry)
          const others = own.get(userId) ?? 0
          if (result.status === 'added') own.set(userId, others + 1)
          return result.status === 'added' ? { status: 'added', others } : result
        },
      }))
    },
  },
  {
    name: 'keeps a second entry for one that is added again',
    killedBy: twice,
    sabotage: spoilUsers((users) => ({
      async add(userId, entry) {
        const isThere = (await users.list(userId)).handles.includes(entry.handle)
        return users.add(userId, isThere ? { ...entry, handle: newHandle() } : entry)
      },
    })),
  },
  {
    name: 'finds entries only of sessions that are stored',
    killedBy: 'an entry may exist before its session, and outlive it',
    sabotage: () => (store) =>
      withUsers(store, (users) => ({
        async list(...call) {
          const { handles, after } = await users.list(...call)
          const records = await Promise.all(handles.map((handle) => store.load(handle)))
          return { handles: handles.filter((_, index) => records[index] !== undefined), after }
        },
      })),
  },
  { name: 'folds the case of user ids', killedBy: ids, sabotage: renamingUsers((userId) => userId.toLowerCase()) },
  { name: 'trims user ids', killedBy: ids, sabotage: renamingUsers((userId) => userId.trim()) },
  { name: 'cuts user ids', killedBy: ids, sabotage: renamingUsers((userId) => userId.slice(0, 1_000)) },
  { name: 'cuts user ids at a NUL', killedBy: ids, sabotage: renamingUsers((userId) => userId.split('\0')[0]!) },
  { name: 'normalises user ids', killedBy: ids, sabotage: renamingUsers((userId) => userId.normalize()) },
  {
    name: 'writes user ids as UTF-8, so that ill-formed ones are the same',
    killedBy: ids,
    sabotage: renamingUsers((userId) => Buffer.from(userId).toString()),
  },
  {
    name: 'takes braces for a hash tag',
    killedBy: ids,
    sabotage: renamingUsers((id) => /\{(.+)\}/.exec(id)?.[1] ?? id),
  },
  {
    name: 'keeps users by name in an object',
    killedBy: ids,
    sabotage: renamingUsers((id) => (id in {} ? 'name' : id)),
  },
  { name: 'drops nothing', killedBy: dropped, sabotage: spoilUsers(() => ({ drop: async () => {} })) },
  { name: 'drops the entries of all users', killedBy: dropped, sabotage: droppingForAll },
  {
    name: 'drops the first handle only',
    killedBy: dropped,
    sabotage: spoilUsers((users) => ({ drop: (userId, handles) => users.drop(userId, handles.slice(0, 1)) })),
  },
  {
    name: 'drops all entries of the user',
    killedBy: dropped,
    sabotage: spoilUsers((users) => ({
      drop: async (userId) => users.drop(userId, (await users.list(userId)).handles),
    })),
  },
  {
    name: 'cannot drop what is not there',
    killedBy: unknown,
    sabotage: spoilUsers((users) => ({
      async drop(userId, handles) {
        const present = new Set((await users.list(userId)).handles)
        if (handles.some((handle) => !present.has(handle))) throw new Error('no such entry')
        return users.drop(userId, handles)
      },
    })),
  },
  {
    name: 'drops everything if it is given nothing',
    killedBy: unknown,
    sabotage: spoilUsers((users) => ({
      drop: async (userId, handles) =>
        users.drop(userId, handles.length === 0 ? (await users.list(userId)).handles : handles),
    })),
  },
  { name: 'has no limit', killedBy: limit, sabotage: limiting(() => undefined) },
  { name: 'accepts one more than the limit', killedBy: limit, sabotage: limiting((most) => most + 1) },
  {
    name: 'counts an entry that is there against itself',
    killedBy: limit,
    sabotage: spoilUsers((users) => ({
      async add(userId, entry) {
        const { handles } = await users.list(userId)
        return handles.length >= (entry.limit ?? Infinity) ? { status: 'full' } : users.add(userId, entry)
      },
    })),
  },
  {
    name: 'refuses at the limit and adds all the same',
    killedBy: limit,
    sabotage: spoilUsers((users) => ({
      async add(userId, entry) {
        const result = await users.add(userId, entry)
        if (result.status === 'full') await users.add(userId, { ...entry, limit: undefined })
        return result
      },
    })),
  },
  {
    name: 'counts, waits, then adds',
    killedBy: 'of parallel additions exactly as many are accepted as the limit allows',
    sabotage: spoilUsers((users) => ({
      async add(userId, entry) {
        const { handles } = await users.list(userId)
        const others = handles.filter((handle) => handle !== entry.handle).length
        if (others >= (entry.limit ?? Infinity)) return { status: 'full' }
        await aWhile()
        return users.add(userId, { ...entry, limit: undefined })
      },
    })),
  },
  {
    name: 'moment() goes back when the store is closed',
    killedBy: moment,
    sabotage: () => (store) => {
      let isClosed = false
      const spoilt = withUsers(store, (users) => ({ moment: () => (isClosed ? -1 : users.moment()) }))
      return { ...spoilt, close: async () => void (isClosed = true) }
    },
  },
  {
    name: 'moment() returns a promise',
    killedBy: moment,
    sabotage: spoilUsers((users) => ({ moment: (async () => users.moment()) as unknown as UserIndex['moment'] })),
  },
  {
    name: 'adds a session that must exist and does not',
    killedBy: 'where seesRecords says so, mustExist adds a session only if it is stored',
    sabotage: spoilUsers((users) => ({ add: (userId, entry) => users.add(userId, { ...entry, mustExist: false }) })),
  },
]

function renamingUsers(rename: (userId: string) => string): StoreMutant['sabotage'] {
  return spoilUsers((users) => ({
    add: (userId, entry) => users.add(rename(userId), entry),
    revoke: (userId) => users.revoke(rename(userId)),
    list: (userId, after) => users.list(rename(userId), after),
    drop: (userId, handles) => users.drop(rename(userId), handles),
  }))
}

function counting(count: (others: number) => number): StoreMutant['sabotage'] {
  return spoilUsers((users) => ({
    async add(...call) {
      const result = await users.add(...call)
      return result.status === 'added' ? { status: 'added', others: count(result.others) } : result
    },
  }))
}

function limiting(change: (limit: number) => number | undefined): StoreMutant['sabotage'] {
  return spoilUsers((users) => ({
    add: (userId, entry) => users.add(userId, { ...entry, limit: entry.limit && change(entry.limit) }),
  }))
}

function droppingForAll(): ReturnType<StoreMutant['sabotage']> {
  const known = new Set<string>()
  return (store) =>
    withUsers(store, (users) => ({
      add: (userId, entry) => (known.add(userId), users.add(userId, entry)),
      drop: async (_userId, handles) => {
        for (const userId of known) await users.drop(userId, handles)
      },
    }))
}
