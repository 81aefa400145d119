import { createHash } from 'node:crypto'
import type { Handle, SessionStore, StoredRecord } from 'sessera'
import { aWhile, force, ownVersions, spoil, type StoreMutant } from './mutant.js'

/** Sabotages of compare-and-set: what a write compares, when, and what it returns. */
export const conflictMutants: StoreMutant[] = [
  {
    name: 'overwrites any version',
    killedBy: 'a replacement over another version returns "changed" with the current record, and stores nothing',
    sabotage: spoil((store) => ({
      async replace(handle, _expected, text, lifetimeMs) {
        const current = await store.load(handle)
        return store.replace(handle, current?.version ?? '', text, lifetimeMs)
      },
    })),
  },
  {
    name: 'returns "gone" if the version changed',
    killedBy: 'a replacement over another version returns "changed" with the current record, and stores nothing',
    sabotage: changingConflicts(() => ({ status: 'gone' })),
  },
  {
    name: "returns the caller's text instead of the current one",
    killedBy: 'a replacement over another version returns "changed" with the current record, and stores nothing',
    sabotage: changingConflicts(({ version }, _expected, text) => ({ status: 'changed', current: { text, version } })),
  },
  {
    name: 'returns the current text under the version that was expected',
    killedBy: 'a replacement over another version returns "changed" with the current record, and stores nothing',
    sabotage: changingConflicts(({ text }, version) => ({ status: 'changed', current: { text, version } })),
  },
  {
    name: 'checks, waits, then writes',
    killedBy: 'of parallel calls of replace with one version exactly one wins, and the others get its record',
    sabotage: spoil((store) => ({
      async replace(handle, expected, text, lifetimeMs) {
        const current = await store.load(handle)
        if (current === undefined || !(lifetimeMs > 0)) return { status: 'gone' }
        if (current.version !== expected) return { status: 'changed', current }
        await aWhile()
        return { status: 'replaced', version: await force(store, handle, text, lifetimeMs) }
      },
    })),
  },
  {
    name: 'returns the record that it read before it waited',
    killedBy: 'of parallel calls of replace with one version exactly one wins, and the others get its record',
    sabotage: spoil((store) => ({
      async replace(handle, ...rest) {
        const before = await store.load(handle)
        const result = await store.replace(handle, ...rest)
        return result.status === 'changed' && before ? { status: 'changed', current: before } : result
      },
    })),
  },
  {
    name: 'compares the start of a version only',
    killedBy: 'an empty or unknown version never matches',
    sabotage: expecting((expected, current) => (current.startsWith(expected) ? current : expected)),
  },
  {
    name: 'trims the expected version',
    killedBy: 'an empty or unknown version never matches',
    sabotage: expecting((expected) => expected.trim()),
  },
  {
    name: 'takes an empty version for none in remove',
    killedBy: 'an empty or unknown version never matches',
    sabotage: spoil((store) => ({ remove: (handle, expected) => store.remove(handle, expected || undefined) })),
  },
  {
    name: 'removes any version',
    killedBy: 'a removal with a version removes that version only',
    sabotage: spoil((store) => ({ remove: (handle) => store.remove(handle) })),
  },
  {
    name: 'returns "gone" if another version prevented a removal',
    killedBy: 'a removal with a version removes that version only',
    sabotage: spoil((store) => ({
      async remove(handle, expected) {
        const result = await store.remove(handle, expected)
        return result === 'changed' ? 'gone' : result
      },
    })),
  },
  {
    name: 'checks the version, waits, then removes',
    killedBy: 'of writes and removals racing from one version exactly one wins',
    sabotage: spoil((store) => ({
      async remove(handle, expected) {
        const current = await store.load(handle)
        if (current === undefined) return 'gone'
        if (expected !== undefined && expected !== current.version) return 'changed'
        await aWhile()
        return store.remove(handle)
      },
    })),
  },
  {
    name: 'counts versions from one for each session',
    killedBy: 'a late call for an ended session does not touch a later one with the same handle',
    sabotage: () => (store) => ownVersions(store, (_handle, _text, previous) => String(Number(previous ?? 0) + 1)),
  },
  {
    name: 'uses the digest of a text as its version',
    killedBy: 'no two stored states share a version, even with equal texts',
    sabotage: () => (store) => ownVersions(store, (_handle, text) => createHash('sha256').update(text).digest('hex')),
  },
  {
    name: 'keeps its version when it writes',
    killedBy: 'a write or removal that arrives late does not touch a newer state',
    sabotage: () => (store) => ownVersions(store, (handle, _text, previous) => previous ?? `v-${handle}`),
  },
  {
    name: 'applies a write twice that was sent twice',
    killedBy: 'a write that arrives twice is stored once',
    sabotage: applyingAgain,
  },
  {
    name: 'applies an insert twice that was sent twice',
    killedBy: 'an insert that arrives twice does not touch a newer state',
    sabotage: insertingAgain,
  },
  {
    name: 'lags behind: loads from a cache',
    killedBy: 'a write acknowledged to one process is seen by another at once',
    sabotage: () => laggingBehind,
  },
]

function changingConflicts(
  change: (
    current: StoredRecord,
    expected: string,
    text: string,
  ) => { status: 'gone' } | { status: 'changed'; current: StoredRecord },
): StoreMutant['sabotage'] {
  return spoil((store) => ({
    async replace(handle, expected, text, lifetimeMs) {
      const result = await store.replace(handle, expected, text, lifetimeMs)
      return result.status === 'changed' ? change(result.current, expected, text) : result
    },
  }))
}

function expecting(taken: (expected: string, current: string) => string): StoreMutant['sabotage'] {
  return spoil((store) => ({
    async replace(handle, expected, ...rest) {
      const current = await store.load(handle)
      return store.replace(handle, taken(expected, current?.version ?? ''), ...rest)
    },
  }))
}

function applyingAgain(): (store: SessionStore) => SessionStore {
  const lastWrites = new Map<Handle, string>()
  return (store) => ({
    ...store,
    async replace(handle, expected, text, lifetimeMs) {
      const result = await store.replace(handle, expected, text, lifetimeMs)
      const write = `${expected} ${text}`
      if (result.status === 'replaced') lastWrites.set(handle, write)
      const isAgain = result.status === 'changed' && lastWrites.get(handle) === write
      return isAgain ? store.replace(handle, result.current.version, text, lifetimeMs) : result
    },
  })
}

function insertingAgain(): (store: SessionStore) => SessionStore {
  const inserts = new Map<Handle, string>()
  return (store) => ({
    ...store,
    async insert(handle, text, lifetimeMs) {
      const version = await store.insert(handle, text, lifetimeMs)
      if (version !== undefined) inserts.set(handle, text)
      else if (inserts.get(handle) === text) return force(store, handle, text, lifetimeMs)
      return version
    },
  })
}

function laggingBehind(store: SessionStore): SessionStore {
  const seen = new Map<Handle, StoredRecord | undefined>()
  return {
    ...store,
    async load(handle) {
      if (!seen.has(handle)) seen.set(handle, await store.load(handle))
      return seen.get(handle)
    },
    insert: (handle, ...rest) => (seen.delete(handle), store.insert(handle, ...rest)),
    replace: (handle, ...rest) => (seen.delete(handle), store.replace(handle, ...rest)),
    remove: (handle, expected) => (seen.delete(handle), store.remove(handle, expected)),
  }
}
