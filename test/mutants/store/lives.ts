import type { Handle, SessionStore } from 'sessera'
import { aWhile, force, forever, spoil, type StoreMutant } from './mutant.js'

/** Sabotages of insert, of remove, and of what removal means to writes. */
export const lifeMutants: StoreMutant[] = [
  {
    name: 'brings an ended session back: replace creates',
    killedBy: 'a replacement of a removed session returns "gone" and does not bring it back',
    sabotage: spoil((store) => ({
      async replace(handle, expected, text, lifetimeMs) {
        const result = await store.replace(handle, expected, text, lifetimeMs)
        const version = result.status === 'gone' ? await store.insert(handle, text, lifetimeMs) : undefined
        return version === undefined ? result : { status: 'replaced', version }
      },
    })),
  },
  {
    name: 'returns "gone" but writes all the same',
    killedBy: 'a replacement of a missing session returns "gone" and creates nothing',
    sabotage: spoil((store) => ({
      async replace(handle, expected, text, lifetimeMs) {
        const result = await store.replace(handle, expected, text, lifetimeMs)
        if (result.status === 'gone') await store.insert(handle, text, lifetimeMs)
        return result
      },
    })),
  },
  {
    name: 'looks for the session, waits, then writes',
    killedBy: 'a removal racing with writes leaves nothing',
    sabotage: spoil((store) => ({
      async replace(handle, expected, text, lifetimeMs) {
        const before = await store.load(handle)
        await aWhile()
        const result = await store.replace(handle, expected, text, lifetimeMs)
        if (result.status !== 'gone' || before?.version !== expected || !(lifetimeMs > 0)) return result
        return { status: 'replaced', version: await force(store, handle, text, lifetimeMs) }
      },
    })),
  },
  {
    name: 'writes a session that another process removed, because it has loaded it before',
    killedBy: 'a removal in one process beats a late write in another',
    sabotage: () => rememberingWhatItSaw,
  },
  {
    name: 'insert overwrites',
    killedBy: 'insert of a taken handle returns undefined and leaves the session as it was',
    sabotage: spoil((store) => ({ insert: async (...call) => (call[2] > 0 ? force(store, ...call) : undefined) })),
  },
  {
    name: 'insert refuses but overwrites all the same',
    killedBy: 'insert of a taken handle returns undefined and leaves the session as it was',
    sabotage: spoil((store) => ({
      async insert(...call) {
        const version = await store.insert(...call)
        if (version === undefined && call[2] > 0) await force(store, ...call)
        return version
      },
    })),
  },
  {
    name: 'insert checks, then waits, then writes',
    killedBy: 'of inserts racing for one handle exactly one wins',
    sabotage: spoil((store) => ({
      async insert(handle, text, lifetimeMs) {
        if ((await store.load(handle)) !== undefined) return undefined
        await aWhile()
        return lifetimeMs > 0 ? force(store, handle, text, lifetimeMs) : undefined
      },
    })),
  },
  {
    name: 'inserts with a lifetime that is not positive',
    killedBy: 'insert with a lifetime that is not positive returns undefined and leaves the handle free',
    sabotage: spoil((store) => ({
      insert: (handle, text, lifetimeMs) => store.insert(handle, text, lifetimeMs > 0 ? lifetimeMs : forever),
    })),
  },
  {
    name: 'replaces with a lifetime that is not positive',
    killedBy: 'a replacement whose lifetime is not positive returns "gone" and stores nothing',
    sabotage: spoil((store) => ({
      replace: (handle, expected, text, lifetimeMs) =>
        store.replace(handle, expected, text, lifetimeMs > 0 ? lifetimeMs : forever),
    })),
  },
  {
    name: 'takes a lifetime of NaN for a long one',
    killedBy: 'a replacement whose lifetime is not positive returns "gone" and stores nothing',
    sabotage: spoil((store) => ({
      replace: (handle, expected, text, lifetimeMs) =>
        store.replace(handle, expected, text, Number.isNaN(lifetimeMs) ? forever : lifetimeMs),
    })),
  },
  {
    name: 'removal throws when the session is missing',
    killedBy: 'removing a missing session returns "gone", with or without a version',
    sabotage: spoil((store) => ({
      async remove(handle, expected) {
        const result = await store.remove(handle, expected)
        if (result === 'gone') throw new Error('no such session')
        return result
      },
    })),
  },
  {
    name: 'every removal returns "removed"',
    killedBy: 'of several parallel removals exactly one returns "removed"',
    sabotage: spoil((store) => ({
      async remove(handle, expected) {
        const result = await store.remove(handle, expected)
        return result === 'gone' ? 'removed' : result
      },
    })),
  },
  {
    name: 'removal loads, waits, removes, and returns what it loaded',
    killedBy: 'of several parallel removals exactly one returns "removed"',
    sabotage: spoil((store) => ({
      async remove(handle, expected) {
        const before = await store.load(handle)
        await aWhile()
        const result = await store.remove(handle, expected)
        return result === 'gone' && before ? 'removed' : result
      },
    })),
  },
  {
    name: 'removal reports success and removes nothing',
    killedBy: 'a removal without a version removes any version',
    sabotage: spoil((store) => ({
      async remove(handle, expected) {
        const current = await store.load(handle)
        if (current === undefined) return 'gone'
        return expected === undefined || expected === current.version ? 'removed' : 'changed'
      },
    })),
  },
  {
    name: 'never frees the handle of a removed session',
    killedBy: 'the handle of a removed session is free',
    sabotage: keepingTombstones,
  },
]

function rememberingWhatItSaw(store: SessionStore): SessionStore {
  const seen = new Map<Handle, string>()
  return {
    ...store,
    async load(handle) {
      const found = await store.load(handle)
      if (found !== undefined) seen.set(handle, found.version)
      return found
    },
    async replace(handle, expected, text, lifetimeMs) {
      const result = await store.replace(handle, expected, text, lifetimeMs)
      if (result.status !== 'gone' || seen.get(handle) !== expected || !(lifetimeMs > 0)) return result
      return { status: 'replaced', version: await force(store, handle, text, lifetimeMs) }
    },
    remove: (handle, expected) => (seen.delete(handle), store.remove(handle, expected)),
  }
}

function keepingTombstones(): (store: SessionStore) => SessionStore {
  const removed = new Set<Handle>()
  return (store) => ({
    ...store,
    insert: async (handle, ...rest) => (removed.has(handle) ? undefined : store.insert(handle, ...rest)),
    async remove(handle, expected) {
      const result = await store.remove(handle, expected)
      if (result === 'removed') removed.add(handle)
      return result
    },
  })
}
