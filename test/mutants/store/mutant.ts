import { setImmediate as turn } from 'node:timers/promises'
import {
  type Announcements,
  type Handle,
  newVersion,
  type SessionStore,
  type UserEntry,
  type UserIndex,
  type UserJournal,
} from 'sessera'
import type { FakeClock } from 'sessera/testing'

/** A good store with one small sabotage. */
export interface StoreMutant {
  readonly name: string
  /** The case that must notice it. */
  readonly killedBy: string
  /** Called once per case with its clock. The function that it returns sabotages each view of the store. */
  readonly sabotage: (clock: FakeClock) => (store: SessionStore) => SessionStore
}

/** A sabotage that replaces some members of a store and keeps no state. */
export function spoil(change: (store: SessionStore) => Partial<SessionStore>): StoreMutant['sabotage'] {
  return () => (store) => ({ ...store, ...change(store) })
}

/** A store whose index of users has some other members. */
export function withUsers(store: SessionStore, change: (users: UserIndex) => Partial<UserIndex>): SessionStore {
  const users = store.users!
  return { ...store, users: { ...users, ...change(users) } }
}

/** The same for the index of users: a sabotage that keeps no state. */
export function spoilUsers(change: (users: UserIndex) => Partial<UserIndex>): StoreMutant['sabotage'] {
  return () => (store) => withUsers(store, change)
}

/** A store whose journals have some other members. */
export function withJournal(store: SessionStore, change: (journal: UserJournal) => Partial<UserJournal>): SessionStore {
  const journal = store.journal!
  return { ...store, journal: { ...journal, ...change(journal) } }
}

/** The same for journals: a sabotage that keeps no state. */
export function spoilJournal(change: (journal: UserJournal) => Partial<UserJournal>): StoreMutant['sabotage'] {
  return () => (store) => withJournal(store, change)
}

/** A store whose announcements have some other members. */
export function withAnnouncements(
  store: SessionStore,
  change: (announcements: Announcements) => Partial<Announcements>,
): SessionStore {
  const announcements = store.announcements!
  return { ...store, announcements: { ...announcements, ...change(announcements) } }
}

/** An entry that no revocation refuses. */
export function neverRevoked(entry: UserEntry): UserEntry {
  return { ...entry, openedAt: Number.MAX_VALUE }
}

export const forever = 10 * 365 * 86_400_000

/** Long enough for every other pending call to get in between. */
export async function aWhile(): Promise<void> {
  for (let turns = 0; turns < 3; turns++) await turn()
}

/** Stores a text over any version. The lifetime must be positive: no store accepts another, and this would try for ever. */
export async function force(store: SessionStore, handle: Handle, text: string, lifetimeMs: number): Promise<string> {
  for (;;) {
    await store.remove(handle)
    const version = await store.insert(handle, text, lifetimeMs)
    if (version !== undefined) return version
  }
}

/**
 * A store that keeps its own versions in the texts of another one. It is a good store, unless a sabotage passes a bad `makeVersion`.
 */
export function ownVersions(
  below: SessionStore,
  makeVersion: (handle: Handle, text: string, previous: string | undefined) => string = newVersion,
): SessionStore {
  const split = (text: string) => {
    const end = text.indexOf(' ')
    return { version: text.slice(0, end), text: text.slice(end + 1) }
  }
  const replace: SessionStore['replace'] = async (handle, expected, text, lifetimeMs) => {
    const found = await below.load(handle)
    if (found === undefined) return { status: 'gone' }
    const current = split(found.text)
    if (current.version !== expected) return { status: 'changed', current }
    const version = makeVersion(handle, text, current.version)
    const result = await below.replace(handle, found.version, `${version} ${text}`, lifetimeMs)
    if (result.status === 'replaced') return { status: 'replaced', version }
    return result.status === 'gone' ? result : { status: 'changed', current: split(result.current.text) }
  }
  return {
    ...below,
    replace,
    renew: replace,
    async load(handle) {
      const found = await below.load(handle)
      return found && split(found.text)
    },
    async insert(handle, text, lifetimeMs) {
      const version = makeVersion(handle, text, undefined)
      const done = await below.insert(handle, `${version} ${text}`, lifetimeMs)
      return done && version
    },
    async remove(handle, expected) {
      if (expected === undefined) return below.remove(handle)
      const found = await below.load(handle)
      if (found === undefined) return 'gone'
      return split(found.text).version === expected ? below.remove(handle, found.version) : 'changed'
    },
  }
}

/** Moves the expiry in the store below an `ownVersions`, which keeps its version. */
export async function moveExpiry(below: SessionStore, handle: Handle, lifetimeMs: number): Promise<void> {
  const found = await below.load(handle)
  if (found !== undefined) await below.replace(handle, found.version, found.text, lifetimeMs)
}
