import { type Handle, type HandlePage, InvalidArgumentError } from 'sessera'
import { spoil, spoilUsers, type StoreMutant, withUsers } from './mutant.js'

const all = 'list finds every session that stays, while others come and go'
const every = 'list finds the sessions of every process'
const cursor = 'list rejects a cursor that is not from this store'
const ofUser = "a user's entries that stay are found on the pages, while others come and go"

/** Sabotages of lists and their pages. */
export const listingMutants: StoreMutant[] = [
  { name: 'lists no sessions', killedBy: every, sabotage: spoil(() => ({ list: async () => page([]) })) },
  {
    name: 'lists the sessions of its own process',
    killedBy: every,
    sabotage: () => (store) => {
      const own = new Set<Handle>()
      return {
        ...store,
        insert: (handle, ...rest) => (own.add(handle), store.insert(handle, ...rest)),
        async list(after) {
          const { handles } = await store.list!(after)
          return page(handles.filter((handle) => own.has(handle)))
        },
      }
    },
  },
  {
    name: 'lists what was removed',
    killedBy: 'list does not find what was removed',
    sabotage: () => {
      const inserted = new Set<Handle>()
      return (store) => ({
        ...store,
        insert: (handle, ...rest) => (inserted.add(handle), store.insert(handle, ...rest)),
        list: async (after) => page([...inserted, ...(await store.list!(after)).handles]),
      })
    },
  },
  {
    name: 'lists five hundred sessions and says that there are no more',
    killedBy: all,
    sabotage: spoil((store) => ({ list: async (after) => page((await store.list!(after)).handles.slice(0, 500)) })),
  },
  {
    name: 'counts pages of sessions by position, which changes when one is removed',
    killedBy: all,
    sabotage: spoil((store) => ({ list: async (after) => pageAt((await store.list!()).handles, after) })),
  },
  {
    name: 'lists entries of users as sessions',
    killedBy: 'list shows sessions only: neither users nor their entries',
    sabotage: () => {
      const entered = new Set<Handle>()
      return (store) => ({
        ...withUsers(store, (users) => ({
          add: (userId, entry) => (entered.add(entry.handle), users.add(userId, entry)),
        })),
        list: async (after) => page([...entered, ...(await store.list!(after)).handles]),
      })
    },
  },
  {
    name: 'begins again when it is given a cursor that it does not know',
    killedBy: cursor,
    sabotage: spoil((store) => ({ list: () => store.list!() })),
  },
  {
    name: 'does not say what is wrong with a cursor',
    killedBy: cursor,
    sabotage: spoil((store) => ({
      list: (after) =>
        store.list!(after).catch((cause: unknown) => {
          throw new Error('syntax error', { cause })
        }),
    })),
  },
  {
    name: 'lists a thousand entries of a user and says that there are no more',
    killedBy: ofUser,
    sabotage: spoilUsers((users) => ({
      list: async (...call) => page((await users.list(...call)).handles.slice(0, 1_000)),
    })),
  },
  {
    name: 'revokes with the first thousand entries and says that there are no more',
    killedBy: ofUser,
    sabotage: spoilUsers((users) => ({
      async revoke(userId) {
        const { handles, moment } = await users.revoke(userId)
        return { ...page(handles.slice(0, 500)), moment }
      },
    })),
  },
  {
    name: 'counts pages of entries by position, which changes when one is dropped',
    killedBy: ofUser,
    sabotage: spoilUsers((users) => ({
      list: async (userId, after) => pageAt((await users.list(userId)).handles, after),
    })),
  },
]

function page(handles: readonly Handle[]): HandlePage {
  return { handles, after: undefined }
}

const size = 100

function pageAt(handles: readonly Handle[], after = '0'): HandlePage {
  if (!/^\d+$/.test(after)) throw new InvalidArgumentError('The cursor is not from this store.')
  const end = Number(after) + size
  return { handles: handles.slice(Number(after), end), after: end < handles.length ? String(end) : undefined }
}
