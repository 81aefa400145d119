import type { Handle, SessionStore } from 'sessera'
import { forever, moveExpiry, ownVersions, spoil, type StoreMutant } from './mutant.js'

const exactly = 'a session lives until the last millisecond of its lifetime, and no longer'
const refusals = 'a refused insert, replace, renew or remove does not move the expiry'

/** Sabotages of lifetimes and of the clock. */
export const expiryMutants: StoreMutant[] = [
  {
    name: 'never expires',
    killedBy: 'an expired session is gone for load, replace, renew and remove',
    sabotage: changingLifetimes((lifetimeMs) => (lifetimeMs > 0 ? forever : lifetimeMs)),
  },
  {
    name: 'takes milliseconds for seconds',
    killedBy: 'an expired session is gone for load, replace, renew and remove',
    sabotage: changingLifetimes((lifetimeMs) => lifetimeMs * 1_000),
  },
  {
    name: 'rounds lifetimes down to seconds',
    killedBy: 'a lifetime below one second is kept',
    sabotage: changingLifetimes((lifetimeMs) => Math.floor(lifetimeMs / 1_000) * 1_000),
  },
  {
    name: 'rounds lifetimes up to seconds',
    killedBy: exactly,
    sabotage: changingLifetimes((lifetimeMs) => Math.ceil(lifetimeMs / 1_000) * 1_000),
  },
  {
    name: 'expires a millisecond early',
    killedBy: exactly,
    sabotage: changingLifetimes((lifetimeMs) => lifetimeMs - 1),
  },
  {
    name: 'expires a millisecond late',
    killedBy: exactly,
    sabotage: changingLifetimes((lifetimeMs) => (lifetimeMs > 0 ? lifetimeMs + 1 : lifetimeMs)),
  },
  {
    name: 'expires sessions by 32-bit timers',
    killedBy: 'a lifetime of 90 days is kept',
    sabotage: spoil((store) => ({
      async insert(handle, text, lifetimeMs) {
        const version = await store.insert(handle, text, lifetimeMs)
        if (version !== undefined && lifetimeMs > 2 ** 31) setTimeout(() => void store.remove(handle), 1)
        return version
      },
    })),
  },
  {
    name: 'rejects fractional lifetimes',
    killedBy: 'a lifetime with a fraction of a millisecond is accepted',
    sabotage: changingLifetimes((lifetimeMs) => {
      if (Number.isNaN(lifetimeMs) || Number.isInteger(lifetimeMs)) return lifetimeMs
      throw new Error('value is not an integer or out of range')
    }),
  },
  {
    name: 'load ignores the expiry',
    killedBy: 'an expired session is gone for load, replace, renew and remove',
    sabotage: expiryNoticedBy('insert', 'replace', 'remove'),
  },
  {
    name: 'replace ignores the expiry',
    killedBy: 'an expired session is gone for load, replace, renew and remove',
    sabotage: expiryNoticedBy('load', 'insert', 'remove'),
  },
  {
    name: 'remove ignores the expiry',
    killedBy: 'an expired session is gone for load, replace, renew and remove',
    sabotage: expiryNoticedBy('load', 'insert', 'replace'),
  },
  {
    name: 'insert ignores the expiry',
    killedBy: 'the handle of an expired session is free',
    sabotage: expiryNoticedBy('load', 'replace', 'remove'),
  },
  {
    name: 'replace keeps the old expiry',
    killedBy: 'a replacement moves the expiry, later or earlier',
    sabotage: changingNewExpiry((deadline) => deadline),
  },
  {
    name: 'only moves the expiry later',
    killedBy: 'a replacement moves the expiry, later or earlier',
    sabotage: changingNewExpiry(Math.max),
  },
  {
    name: 'extends on load',
    killedBy: 'a load does not move the expiry',
    sabotage: extendingBelow((store, extend) => ({
      async load(handle) {
        await extend(handle, 100_000)
        return store.load(handle)
      },
    })),
  },
  {
    name: 'a refused insert extends',
    killedBy: refusals,
    sabotage: extendingBelow((store, extend) => ({
      async insert(handle, text, lifetimeMs) {
        const version = await store.insert(handle, text, lifetimeMs)
        if (version === undefined) await extend(handle, lifetimeMs)
        return version
      },
    })),
  },
  {
    name: 'a refused write extends',
    killedBy: refusals,
    sabotage: extendingBelow((store, extend) => ({
      async replace(handle, expected, text, lifetimeMs) {
        const result = await store.replace(handle, expected, text, lifetimeMs)
        if (result.status === 'changed') await extend(handle, lifetimeMs)
        return result
      },
    })),
  },
  {
    name: 'a refused removal extends',
    killedBy: refusals,
    sabotage: extendingBelow((store, extend) => ({
      async remove(handle, expected) {
        const result = await store.remove(handle, expected)
        if (result === 'changed') await extend(handle, forever)
        return result
      },
    })),
  },
  {
    name: 'its clock stands still',
    killedBy: 'now() advances in milliseconds as time passes',
    sabotage: ({ now }) => {
      const start = now()
      return (store) => ({ ...store, now: () => start })
    },
  },
  {
    name: 'its clock counts seconds',
    killedBy: 'now() advances in milliseconds as time passes',
    sabotage: spoil((store) => ({ now: () => store.now() / 1_000 })),
  },
  {
    name: 'each process has a clock of its own',
    killedBy: 'now() is the same for every process',
    sabotage: () => {
      let views = 0
      return (store) => {
        const skew = views++ * 3_600_000
        return { ...store, now: () => store.now() + skew }
      }
    },
  },
  {
    name: 'declares another atomicity',
    killedBy: 'the store declares the atomicity that the harness declares',
    sabotage: spoil(() => ({ atomicity: 'process' })),
  },
]

function changingLifetimes(change: (lifetimeMs: number) => number): StoreMutant['sabotage'] {
  return spoil((store) => ({
    insert: async (handle, text, lifetimeMs) => store.insert(handle, text, change(lifetimeMs)),
    replace: async (handle, expected, text, lifetimeMs) => store.replace(handle, expected, text, change(lifetimeMs)),
  }))
}

/** Expiry is kept outside of the store, and only these methods look at it. */
function expiryNoticedBy(...verbs: (keyof SessionStore)[]): StoreMutant['sabotage'] {
  return ({ now }) => {
    const deadlines = new Map<Handle, number>()
    const endless = (lifetimeMs: number) => (lifetimeMs > 0 ? forever : lifetimeMs)
    return (store) => {
      const dropIfExpired = async (verb: keyof SessionStore, handle: Handle): Promise<void> => {
        if (verbs.includes(verb) && (deadlines.get(handle) ?? Infinity) <= now()) await store.remove(handle)
      }
      return {
        ...store,
        async load(handle) {
          await dropIfExpired('load', handle)
          return store.load(handle)
        },
        async insert(handle, text, lifetimeMs) {
          await dropIfExpired('insert', handle)
          const version = await store.insert(handle, text, endless(lifetimeMs))
          if (version !== undefined) deadlines.set(handle, now() + lifetimeMs)
          return version
        },
        async replace(handle, expected, text, lifetimeMs) {
          await dropIfExpired('replace', handle)
          const result = await store.replace(handle, expected, text, endless(lifetimeMs))
          if (result.status === 'replaced') deadlines.set(handle, now() + lifetimeMs)
          return result
        },
        async remove(handle, expected) {
          await dropIfExpired('remove', handle)
          return store.remove(handle, expected)
        },
      }
    }
  }
}

/** `change` computes the new expiry of a replacement from the current one and the requested one. */
function changingNewExpiry(change: (before: number, asked: number) => number): StoreMutant['sabotage'] {
  return ({ now }) => {
    const deadlines = new Map<Handle, number>()
    return (store) => ({
      ...store,
      async insert(handle, text, lifetimeMs) {
        deadlines.set(handle, now() + lifetimeMs)
        return store.insert(handle, text, lifetimeMs)
      },
      async replace(handle, expected, text, lifetimeMs) {
        const asked = now() + lifetimeMs
        const deadline = lifetimeMs > 0 ? change(deadlines.get(handle) ?? asked, asked) : asked
        return store.replace(handle, expected, text, deadline - now())
      },
    })
  }
}

function extendingBelow(
  change: (store: SessionStore, extend: (handle: Handle, lifetimeMs: number) => Promise<void>) => Partial<SessionStore>,
): StoreMutant['sabotage'] {
  return () => (below) => {
    const store = ownVersions(below)
    return { ...store, ...change(store, (handle, lifetimeMs) => moveExpiry(below, handle, lifetimeMs)) }
  }
}
