import { aWhile, force, forever, moveExpiry, ownVersions, spoil, type StoreMutant } from './mutant.js'

const stores = 'a renewal stores its text under a new version, which it returns'
const movesExpiry = 'a renewal moves the expiry, later or earlier'
const refuses = 'a renewal over another version returns "changed" with the current record, and stores nothing'
const gone = 'a renewal of a session that is gone returns "gone" and does not bring it back'

/** Sabotages of `renew`, in a store whose `replace` is good. */
export const renewalMutants: StoreMutant[] = [
  {
    name: 'renew throws',
    killedBy: stores,
    sabotage: spoil(() => ({
      renew() {
        throw new Error('not implemented')
      },
    })),
  },
  {
    name: 'renew moves the expiry and keeps text and version',
    killedBy: stores,
    sabotage: () => (below) => {
      const store = ownVersions(below)
      return {
        ...store,
        async renew(handle, expected, text, lifetimeMs) {
          const current = await store.load(handle)
          if (current?.version !== expected || !(lifetimeMs > 0))
            return store.replace(handle, expected, text, lifetimeMs)
          await moveExpiry(below, handle, lifetimeMs)
          return { status: 'replaced', version: expected }
        },
      }
    },
  },
  {
    name: 'renew keeps the text that was stored',
    killedBy: stores,
    sabotage: spoil((store) => ({
      async renew(handle, expected, text, lifetimeMs) {
        const current = await store.load(handle)
        return store.replace(handle, expected, current?.text ?? text, lifetimeMs)
      },
    })),
  },
  {
    name: 'renew gives every session the same lifetime',
    killedBy: movesExpiry,
    sabotage: spoil((store) => ({
      renew: (handle, expected, text, lifetimeMs) =>
        store.replace(handle, expected, text, lifetimeMs > 0 ? forever : lifetimeMs),
    })),
  },
  {
    name: 'renew never compares versions',
    killedBy: refuses,
    sabotage: spoil((store) => ({
      async renew(handle, _expected, text, lifetimeMs) {
        const current = await store.load(handle)
        return store.replace(handle, current?.version ?? '', text, lifetimeMs)
      },
    })),
  },
  {
    name: 'renew reports "gone" where the version changed',
    killedBy: refuses,
    sabotage: spoil((store) => ({
      async renew(...call) {
        const result = await store.replace(...call)
        return result.status === 'changed' ? { status: 'gone' } : result
      },
    })),
  },
  {
    name: 'renew creates',
    killedBy: gone,
    sabotage: spoil((store) => ({
      async renew(handle, expected, text, lifetimeMs) {
        const result = await store.replace(handle, expected, text, lifetimeMs)
        const version = result.status === 'gone' ? await store.insert(handle, text, lifetimeMs) : undefined
        return version === undefined ? result : { status: 'replaced', version }
      },
    })),
  },
  {
    name: 'renew accepts a lifetime that is not positive',
    killedBy: 'a renewal whose lifetime is not positive returns "gone" and stores nothing',
    sabotage: spoil((store) => ({
      renew: (handle, expected, text, lifetimeMs) =>
        store.replace(handle, expected, text, lifetimeMs > 0 ? lifetimeMs : forever),
    })),
  },
  {
    name: 'renew checks, waits, then writes',
    killedBy: 'of renewals, writes and removals racing from one version exactly one wins',
    sabotage: spoil((store) => ({
      async renew(handle, expected, text, lifetimeMs) {
        const current = await store.load(handle)
        if (current === undefined || !(lifetimeMs > 0)) return { status: 'gone' }
        if (current.version !== expected) return { status: 'changed', current }
        await aWhile()
        return { status: 'replaced', version: await force(store, handle, text, lifetimeMs) }
      },
    })),
  },
]
