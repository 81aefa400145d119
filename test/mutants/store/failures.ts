import { newVersion, type SessionStore } from 'sessera'
import { spoil, spoilJournal, spoilUsers, type StoreMutant, withUsers } from './mutant.js'

const downCase = (verb: string, what = 'the session') =>
  `while the backend is down, ${verb} rejects and never reports ${what} missing`
const noEntries = { handles: [], after: undefined }

/** Sabotages of how a store fails. */
export const failureMutants: StoreMutant[] = [
  {
    name: 'loads undefined while the backend is down',
    killedBy: downCase('load'),
    sabotage: spoil((store) => ({ load: (handle) => store.load(handle).catch(() => undefined) })),
  },
  {
    name: 'swallows a failed insert',
    killedBy: downCase('insert'),
    sabotage: spoil((store) => ({ insert: (...call) => store.insert(...call).catch(() => newVersion()) })),
  },
  {
    name: 'reports a failed insert as a taken handle',
    killedBy: downCase('insert'),
    sabotage: spoil((store) => ({ insert: (...call) => store.insert(...call).catch(() => undefined) })),
  },
  {
    name: 'swallows a failed write',
    killedBy: downCase('replace'),
    sabotage: spoil((store) => ({
      replace: (...call) => store.replace(...call).catch(() => ({ status: 'replaced', version: newVersion() })),
    })),
  },
  {
    name: 'reports a failed write as an ended session',
    killedBy: downCase('replace'),
    sabotage: spoil((store) => ({ replace: (...call) => store.replace(...call).catch(() => ({ status: 'gone' })) })),
  },
  {
    name: 'swallows a failed renewal',
    killedBy: downCase('renew'),
    sabotage: spoil((store) => ({
      renew: (...call) => store.renew!(...call).catch(() => ({ status: 'replaced', version: newVersion() })),
    })),
  },
  {
    name: 'reports a failed renewal as an ended session',
    killedBy: downCase('renew'),
    sabotage: spoil((store) => ({ renew: (...call) => store.renew!(...call).catch(() => ({ status: 'gone' })) })),
  },
  {
    name: 'swallows a failed removal',
    killedBy: downCase('remove'),
    sabotage: spoil((store) => ({ remove: (...call) => store.remove(...call).catch(() => 'removed') })),
  },
  {
    name: 'reports a failed removal as a missing session',
    killedBy: downCase('remove'),
    sabotage: spoil((store) => ({ remove: (...call) => store.remove(...call).catch(() => 'gone') })),
  },
  {
    name: 'swallows a failed addition to a user',
    killedBy: downCase('users.add', 'entries'),
    sabotage: spoilUsers((users) => ({
      add: (...call) => users.add(...call).catch(() => ({ status: 'added', others: 0 })),
    })),
  },
  {
    name: 'swallows a failed revocation',
    killedBy: downCase('users.revoke', 'entries'),
    sabotage: spoilUsers((users) => ({
      revoke: (userId) => users.revoke(userId).catch(() => ({ ...noEntries, moment: users.moment() })),
    })),
  },
  {
    name: 'reports no entries of a user while the backend is down',
    killedBy: downCase('users.list', 'entries'),
    sabotage: spoilUsers((users) => ({ list: (...call) => users.list(...call).catch(() => noEntries) })),
  },
  {
    name: 'swallows a failed drop',
    killedBy: downCase('users.drop', 'entries'),
    sabotage: spoilUsers((users) => ({ drop: (...call) => users.drop(...call).catch(() => {}) })),
  },
  {
    name: 'lists no sessions while the backend is down',
    killedBy: downCase('list', 'sessions'),
    sabotage: spoil((store) => ({ list: (after) => store.list!(after).catch(() => noEntries) })),
  },
  {
    name: 'swallows a failed addition to a journal',
    killedBy: downCase('journal.append', 'entries'),
    sabotage: spoilJournal((journal) => ({ append: (...call) => journal.append(...call).catch(() => {}) })),
  },
  {
    name: 'reads no entries of a journal while the backend is down',
    killedBy: downCase('journal.read', 'entries'),
    sabotage: spoilJournal((journal) => ({ read: (userId) => journal.read(userId).catch(() => []) })),
  },
  {
    name: 'swallows a failed clear of a journal',
    killedBy: downCase('journal.clear', 'entries'),
    sabotage: spoilJournal((journal) => ({ clear: (userId) => journal.clear(userId).catch(() => {}) })),
  },
  {
    name: 'the index of users stays down once it has failed',
    killedBy: 'the users of a store that failed are found again once its backend is back',
    sabotage: () => (store) => {
      let failure: unknown
      return withUsers(store, (users) => ({
        async list(...call) {
          if (failure !== undefined) throw failure
          return users.list(...call).catch((error: unknown) => {
            throw (failure = error)
          })
        },
      }))
    },
  },
  {
    name: 'stays down once it has failed',
    killedBy: 'a store that failed works again once its backend is back',
    sabotage: () => stayingDown,
  },
  {
    name: 'is never ready once ready() has failed',
    killedBy: 'a store that failed works again once its backend is back',
    sabotage: () => (store) => {
      let first: Promise<void> | undefined
      return { ...store, ready: () => (first ??= store.ready!()) }
    },
  },
]

function stayingDown(store: SessionStore): SessionStore {
  let failure: Promise<never> | undefined
  return {
    ...store,
    insert: (...call) => failure ?? store.insert(...call),
    load(handle) {
      const answer = store.load(handle)
      answer.catch((error: unknown) => {
        failure ??= Promise.reject(error)
        failure.catch(() => {}) // the next call rejects with it
      })
      return failure ?? answer
    },
  }
}
