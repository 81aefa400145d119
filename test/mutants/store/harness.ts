import { setImmediate as turn } from 'node:timers/promises'
import {
  type AnnouncementListener,
  type Announcements,
  type AnnouncementWatch,
  memoryStore,
  type SessionStore,
  StoreUnavailableError,
  type UserIndex,
} from 'sessera'
import { fakeClock, type StoreHarness } from 'sessera/testing'
import type { StoreMutant } from './mutant.js'

interface Backend {
  isUp: boolean
  readonly onRecovery: Set<() => void>
}

/** A harness of a sabotaged store. Two views of one memory store act as two processes. `isUp` switches their backend on and off. */
export function harnessOf(sabotage: StoreMutant['sabotage']): StoreHarness {
  const open = (isUp: boolean) => {
    const clock = fakeClock()
    const memory = memoryStore({ now: clock.now })
    const backend: Backend = { isUp, onRecovery: new Set() }
    const spoil = sabotage(clock)
    return {
      store: spoil(viewOf(memory, backend)),
      second: spoil(viewOf(memory, backend)),
      advance: clock.advance,
      async recover() {
        backend.isUp = true
        for (const recovered of backend.onRecovery) recovered()
      },
      close: () => memory.close(),
    }
  }
  return {
    atomicity: 'store',
    users: true,
    list: true,
    journal: true,
    announcements: true,
    open: async () => open(true),
    unreachable: async () => open(false),
    interrupted: async () => open(false),
  }
}

function viewOf(memory: SessionStore, backend: Backend): SessionStore {
  const reach = async (): Promise<SessionStore> => {
    await turn() // replies from another process arrive in a later turn of the event loop
    if (backend.isUp) return memory
    throw new StoreUnavailableError('The backend is down.')
  }
  return {
    atomicity: 'store',
    now: memory.now,
    ready: async () => void (await reach()),
    load: async (handle) => (await reach()).load(handle),
    insert: async (...call) => (await reach()).insert(...call),
    replace: async (...call) => (await reach()).replace(...call),
    renew: async (...call) => (await reach()).replace(...call),
    remove: async (...call) => (await reach()).remove(...call),
    shardOf: (handle) => handle.slice(0, 1),
    reportMismatch: () => {},
    users: {
      seesRecords: true,
      moment: () => usersOf(memory).moment(),
      add: async (...call) => usersOf(await reach()).add(...call),
      revoke: async (userId) => usersOf(await reach()).revoke(userId),
      list: async (...call) => usersOf(await reach()).list(...call),
      drop: async (...call) => usersOf(await reach()).drop(...call),
    },
    list: async (after) => (await reach()).list!(after),
    journal: {
      append: async (...call) => (await reach()).journal!.append(...call),
      read: async (userId) => (await reach()).journal!.read(userId),
      clear: async (userId) => (await reach()).journal!.clear(userId),
    },
    announcements: {
      announce: async (text) => (await reach()).announcements!.announce(text),
      watch: (listener) => watchOnceUp(announcementsOf(memory), listener, backend),
    },
    close: async () => {},
  }
}

function usersOf({ users }: SessionStore): UserIndex {
  return users!
}

function announcementsOf({ announcements }: SessionStore): Announcements {
  return announcements!
}

function watchOnceUp(
  { watch }: Announcements,
  listener: AnnouncementListener,
  { isUp, onRecovery }: Backend,
): AnnouncementWatch {
  if (isUp) return watch(listener)
  let watching: AnnouncementWatch | undefined
  const begin = (): void => {
    watching = watch(listener)
    listener.interrupted()
  }
  onRecovery.add(begin)
  return {
    get delivers() {
      return watching?.delivers ?? false
    },
    async close() {
      onRecovery.delete(begin)
      await watching?.close()
    },
  }
}
