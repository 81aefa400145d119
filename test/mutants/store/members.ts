import type { Handle, SessionStore } from 'sessera'
import { spoil, type StoreMutant, withUsers } from './mutant.js'

const ready = 'ready() resolves as often as it is called, concurrent calls included'
const shard = 'shardOf() returns a name or undefined at once, and the same one again'
const report = 'reportMismatch() does not throw, removes no session, and the store goes on working'
const declared = 'the store has the optional members that the harness declares, and no others of them'
const usersClosed = 'the users of a closed store are found, or its calls reject'
const none = { handles: [], after: undefined }
const closed = 'a closed store works or rejects; it never reports a session as missing'

/** Sabotages of `ready`, `shardOf`, `reportMismatch` and `close`. */
export const memberMutants: StoreMutant[] = [
  { name: 'connects again for each ready()', killedBy: ready, sabotage: () => readyOnce },
  {
    name: 'shardOf throws',
    killedBy: shard,
    sabotage: spoil(() => ({
      shardOf() {
        throw new Error('no shard is known yet')
      },
    })),
  },
  {
    name: 'shardOf returns a promise',
    killedBy: shard,
    sabotage: spoil(() => ({ shardOf: (async () => 'a') as unknown as NonNullable<SessionStore['shardOf']> })),
  },
  {
    name: 'shardOf names the next server each time',
    killedBy: shard,
    sabotage: () => (store) => {
      let calls = 0
      return { ...store, shardOf: () => `server ${calls++ % 3}` }
    },
  },
  {
    name: 'reportMismatch throws',
    killedBy: report,
    sabotage: spoil(() => ({
      reportMismatch() {
        throw new Error('mismatch')
      },
    })),
  },
  {
    name: 'reportMismatch removes the session',
    killedBy: report,
    sabotage: spoil((store) => ({ reportMismatch: (handle) => void store.remove(handle) })),
  },
  {
    name: 'loads nothing any more after a mismatch report',
    killedBy: report,
    sabotage: () => (store) => {
      let isCut = false
      return {
        ...store,
        reportMismatch: () => void (isCut = true),
        load: async (handle) => (isCut ? Promise.reject(new Error('not connected')) : store.load(handle)),
      }
    },
  },
  {
    name: 'cannot be closed twice',
    killedBy: 'close() resolves, also when it is called again',
    sabotage: () => closedOnce,
  },
  {
    name: 'removes its sessions when it is closed',
    killedBy: 'closing a store leaves its sessions to other processes',
    sabotage: () => removingAllOnClose,
  },
  {
    name: 'once closed, loads no session',
    killedBy: closed,
    sabotage: onceClosed({ load: async () => undefined }),
  },
  {
    name: 'once closed, inserts over a session',
    killedBy: closed,
    sabotage: onceClosed({ insert: async () => 'version' }),
  },
  {
    name: 'once closed, replaces no session',
    killedBy: closed,
    sabotage: onceClosed({ replace: async () => ({ status: 'gone' }) }),
  },
  {
    name: 'once closed, renews no session',
    killedBy: closed,
    sabotage: onceClosed({ renew: async () => ({ status: 'gone' }) }),
  },
  {
    name: 'once closed, finds no session to remove',
    killedBy: closed,
    sabotage: onceClosed({ remove: async () => 'gone' }),
  },
  {
    name: 'once closed, lists no session',
    killedBy: 'a closed store lists its sessions, or rejects',
    sabotage: onceClosed({ list: async () => none }),
  },
  {
    name: 'once closed, finds no entries of a user',
    killedBy: usersClosed,
    sabotage: () => (store) => {
      let isClosed = false
      const spoilt = withUsers(store, (users) => ({ list: async (...call) => (isClosed ? none : users.list(...call)) }))
      return { ...spoilt, close: async () => void (isClosed = true) }
    },
  },
  {
    name: 'once closed, revokes without finding entries',
    killedBy: usersClosed,
    sabotage: () => (store) => {
      let isClosed = false
      const spoilt = withUsers(store, (users) => ({
        revoke: async (userId) => ({ ...(await users.revoke(userId)), ...(isClosed ? none : {}) }),
      }))
      return { ...spoilt, close: async () => void (isClosed = true) }
    },
  },
  {
    name: 'drops its entries when it is closed',
    killedBy: 'closing a store leaves its users, and their revocations, to other processes',
    sabotage: () => droppingAllOnClose,
  },
  ...(['users', 'list', 'journal', 'announcements'] as const).map((member): StoreMutant => ({
    name: `does not have \`${member}\``,
    killedBy: declared,
    sabotage: without(member),
  })),
]

function without(member: keyof SessionStore): StoreMutant['sabotage'] {
  return () => (store) => {
    const spoilt = { ...store }
    Reflect.deleteProperty(spoilt, member)
    return spoilt
  }
}

function droppingAllOnClose(store: SessionStore): SessionStore {
  const entered = new Map<string, Handle>()
  const spoilt = withUsers(store, (users) => ({
    add: (userId, entry) => (entered.set(userId, entry.handle), users.add(userId, entry)),
  }))
  const dropAll = () => Promise.all([...entered].map(([userId, handle]) => store.users!.drop(userId, [handle])))
  return { ...spoilt, close: async () => void (await dropAll()) }
}

function readyOnce(store: SessionStore): SessionStore {
  let isConnected = false
  return {
    ...store,
    async ready() {
      if (isConnected) throw new Error('already connected')
      isConnected = true
    },
  }
}

function closedOnce(store: SessionStore): SessionStore {
  let isClosed = false
  return {
    ...store,
    async close() {
      if (isClosed) throw new Error('already closed')
      isClosed = true
    },
  }
}

function removingAllOnClose(store: SessionStore): SessionStore {
  const handles = new Set<Parameters<SessionStore['load']>[0]>()
  return {
    ...store,
    insert: (handle, ...rest) => (handles.add(handle), store.insert(handle, ...rest)),
    close: async () => void (await Promise.all([...handles].map((handle) => store.remove(handle)))),
  }
}

/** A store whose `close` replaces good members by bad ones. */
function onceClosed(bad: Partial<SessionStore>): StoreMutant['sabotage'] {
  return () => (store) => {
    const spoilt: SessionStore = { ...store, close: async () => void Object.assign(spoilt, bad) }
    return spoilt
  }
}
