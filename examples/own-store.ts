// A store of your own, and the suite that checks it against the contract.
// Run it with `node --import tsx --test examples/own-store.ts`.
import { describe, it } from 'node:test'
import { type Handle, newVersion, type SessionStore } from 'sessera'
import { describeStore, fakeClock } from 'sessera/testing'

interface Entry {
  readonly text: string
  readonly version: string
  readonly expiresAt: number
}

/**
 * Keeps sessions in a Map. Nothing is awaited between reading an entry and writing it, which makes each call one atomic step.
 * Expired sessions stay until they are read; a real store would sweep them.
 */
function mapStore({ now = Date.now }: { readonly now?: () => number } = {}): SessionStore {
  const entries = new Map<Handle, Entry>()

  function find(handle: Handle): Entry | undefined {
    const entry = entries.get(handle)
    if (entry && entry.expiresAt > now()) return entry
    entries.delete(handle)
    return undefined
  }

  function put(handle: Handle, text: string, lifetimeMs: number): string {
    const version = newVersion() // random, never a counter: a late write must not match a newer state
    entries.set(handle, { text, version, expiresAt: now() + lifetimeMs })
    return version
  }

  return {
    now,
    atomicity: 'process',

    async load(handle) {
      const entry = find(handle)
      return entry && { text: entry.text, version: entry.version }
    },

    async insert(handle, text, lifetimeMs) {
      return find(handle) || !(lifetimeMs > 0) ? undefined : put(handle, text, lifetimeMs)
    },

    async replace(handle, expected, text, lifetimeMs) {
      const entry = find(handle)
      if (!entry || !(lifetimeMs > 0)) return { status: 'gone' } // never creates: an ended session stays ended
      if (entry.version !== expected)
        return { status: 'changed', current: { text: entry.text, version: entry.version } }
      return { status: 'replaced', version: put(handle, text, lifetimeMs) }
    },

    async remove(handle, expected) {
      const entry = find(handle)
      if (!entry) return 'gone'
      if (expected !== undefined && entry.version !== expected) return 'changed'
      entries.delete(handle)
      return 'removed'
    },

    async close() {},
  }
}

describeStore({ describe, it }, 'a store over a Map', {
  atomicity: 'process',
  async open() {
    const clock = fakeClock()
    const store = mapStore({ now: clock.now })
    return { store, advance: clock.advance, close: () => store.close() }
  },
})
