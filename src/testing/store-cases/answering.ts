import type { Announcements, SessionStore, UserIndex, UserJournal } from 'sessera'
import { failedAssertion } from '../failed-assertion.js'
import type { StoreHarness } from '../store-harness.js'
import { type OptionalMember, optionalMembers } from './optional-members.js'

/** A store with all members that are called. Those that it leaves out do what the core does without them. */
export type WholeStore = Required<Omit<SessionStore, 'kind'>>

/**
 * The store, with its errors turned into failed assertions: a store that works answers, whatever the answer. Has the optional members that are
 * declared; cases that need them are skipped otherwise.
 */
export function answering(store: SessionStore, declared: Pick<StoreHarness, OptionalMember>): WholeStore {
  const whole: WholeStore = {
    atomicity: store.atomicity,
    now: () => store.now(),
    ready: () => answer('ready', async () => store.ready?.()),
    load: (handle) => answer('load', () => store.load(handle)),
    insert: (...call) => answer('insert', () => store.insert(...call)),
    replace: (...call) => answer('replace', () => store.replace(...call)),
    renew: (...call) => answer('renew', () => (store.renew ? store.renew(...call) : store.replace(...call))),
    remove: (...call) => answer('remove', () => store.remove(...call)),
    shardOf: (handle) => answerAtOnce('shardOf', () => store.shardOf?.(handle)),
    reportMismatch: (handle) => answerAtOnce('reportMismatch', () => store.reportMismatch?.(handle)),
    users: answeringUsers(store),
    list: (after) => answer('list', async () => store.list!(after)),
    journal: answeringJournal(store),
    announcements: answeringAnnouncements(store),
    close: () => answer('close', () => store.close()),
  }
  for (const member of optionalMembers) if (!declared[member]) Reflect.deleteProperty(whole, member)
  return whole
}

function answeringUsers(store: SessionStore): UserIndex {
  return {
    get seesRecords() {
      return answerAtOnce('users.seesRecords', () => store.users!.seesRecords)
    },
    moment: () => answerAtOnce('users.moment', () => store.users!.moment()),
    add: (...call) => answer('users.add', async () => store.users!.add(...call)),
    revoke: (userId) => answer('users.revoke', async () => store.users!.revoke(userId)),
    list: (...call) => answer('users.list', async () => store.users!.list(...call)),
    drop: (...call) => answer('users.drop', async () => store.users!.drop(...call)),
  }
}

function answeringJournal(store: SessionStore): UserJournal {
  return {
    append: (...call) => answer('journal.append', async () => store.journal!.append(...call)),
    read: (userId) => answer('journal.read', async () => store.journal!.read(userId)),
    clear: (userId) => answer('journal.clear', async () => store.journal!.clear(userId)),
  }
}

function answeringAnnouncements(store: SessionStore): Announcements {
  return {
    announce: (text) => answer('announcements.announce', async () => store.announcements!.announce(text)),
    watch(listener) {
      const watch = answerAtOnce('announcements.watch', () => store.announcements!.watch(listener))
      return {
        get delivers() {
          return answerAtOnce('delivers of a watch', () => watch.delivers)
        },
        close: () => answer('close of a watch', async () => watch.close()),
      }
    },
  }
}

async function answer<T>(member: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (cause) {
    throw mustAnswer(member, cause)
  }
}

function answerAtOnce<T>(member: string, call: () => T): T {
  try {
    return call()
  } catch (cause) {
    throw mustAnswer(member, cause)
  }
}

function mustAnswer(member: string, cause: unknown): Error {
  return failedAssertion(`${member} failed where it must answer`, cause)
}
