import type { Handle, SessionStore, StoredRecord } from 'sessera'
import type { Sabotage } from './world.js'

/** One thing each that a store must not do. */
export const sabotages: Readonly<Record<string, Sabotage>> = {
  'replaces whatever is there': (store) => ({
    ...store,
    replace: async (handle, expected, ...what) =>
      store.replace(handle, (await store.load(handle))?.version ?? expected, ...what),
  }),

  'brings back what was removed': (store) => ({
    ...store,
    async replace(handle, expected, text, lifetimeMs) {
      const answer = await store.replace(handle, expected, text, lifetimeMs)
      const version = answer.status === 'gone' ? await store.insert(handle, text, lifetimeMs) : undefined
      return version === undefined ? answer : { status: 'replaced', version }
    },
  }),

  'says replaced where there is nothing': (store) => ({
    ...store,
    async replace(...call) {
      const answer = await store.replace(...call)
      return answer.status === 'gone' ? { status: 'replaced', version: call[1] } : answer
    },
  }),

  'removes nothing': (store) => ({
    ...store,
    remove: async (handle) => ((await store.load(handle)) === undefined ? 'gone' : 'removed'),
  }),

  'forgets the marks of writes, so that one that is sent again is done again': (store) => ({
    ...store,
    insert: (handle, text, lifetimeMs) => store.insert(handle, withoutMarks(text), lifetimeMs),
    replace: (handle, expected, text, lifetimeMs) => store.replace(handle, expected, withoutMarks(text), lifetimeMs),
  }),

  'has the same version for the same data': (store) => withVersions(store, ({ text }) => text.split('\n')[1] ?? ''),

  'reads from a replica that is one write behind': lagging,

  'leaves values out': (store) => ({
    ...store,
    replace: (handle, expected, text, lifetimeMs) =>
      store.replace(handle, expected, text.replace(/,"own\d":\d/, ''), lifetimeMs),
  }),

  'keeps the digest of the first secret, so that a planted token becomes signed in': (store) => ({
    ...store,
    async replace(handle, expected, text, lifetimeMs) {
      const digest = digestIn((await store.load(handle))?.text ?? text)
      return store.replace(handle, expected, text.replace(digestIn(text), digest), lifetimeMs)
    },
  }),

  'forgets whose session it is': (store) => ({
    ...store,
    replace: (handle, expected, text, lifetimeMs) =>
      store.replace(handle, expected, text.replace(/ "\w+"\n/, '\n'), lifetimeMs),
  }),
}

function withoutMarks(text: string): string {
  return text.replace(/ \+[\w-]+(?=[ \n])/, '')
}

function digestIn(text: string): string {
  return text.split(' ')[2] ?? ''
}

function withVersions(store: SessionStore, versionOf: (record: StoredRecord) => string): SessionStore {
  async function load(handle: Handle): Promise<StoredRecord | undefined> {
    const record = await store.load(handle)
    return record && { text: record.text, version: versionOf(record) }
  }
  return {
    ...store,
    load,
    async insert(handle, text, lifetimeMs) {
      const version = await store.insert(handle, text, lifetimeMs)
      return version && versionOf({ text, version })
    },
    async replace(handle, expected, text, lifetimeMs) {
      const record = await store.load(handle)
      if (record === undefined) return { status: 'gone' }
      const version = versionOf(record)
      if (version !== expected) return { status: 'changed', current: { text: record.text, version } }
      const answer = await store.replace(handle, record.version, text, lifetimeMs)
      return answer.status === 'replaced' ? { status: 'replaced', version: versionOf({ text, version }) } : answer
    },
  }
}

function lagging(store: SessionStore): SessionStore {
  const before = new Map<Handle, StoredRecord | undefined>()
  return {
    ...store,
    async load(handle) {
      const record = before.get(handle)
      before.delete(handle)
      return record ?? store.load(handle)
    },
    async replace(handle, ...what) {
      before.set(handle, await store.load(handle))
      return store.replace(handle, ...what)
    },
    async remove(handle, expected) {
      before.set(handle, await store.load(handle))
      return store.remove(handle, expected)
    },
  }
}
