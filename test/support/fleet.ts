import {
  createSessions,
  memoryStore,
  type Sessions,
  type SessionsOptions,
  type SessionStore,
  type UserIndex,
} from 'sessera'
import { fakeClock, type FakeClock } from 'sessera/testing'
import type { Data } from './browser.js'

type Verbs = Pick<SessionStore, 'load' | 'insert' | 'replace' | 'remove'> & Pick<UserIndex, 'add'>

/** A store that counts its calls and whose verbs a test can take over. */
export interface TappedStore extends SessionStore {
  readonly calls: string[]
  readonly users: UserIndex
  /** Takes over a verb; `original` does what the store does. */
  tap<Verb extends keyof Verbs>(verb: Verb, replacement: (original: Verbs[Verb]) => Verbs[Verb]): void
  /** Gives all verbs back. */
  untap(): void
}

function tapped(store: SessionStore): TappedStore {
  const calls: string[] = []
  const users = store.users!
  const verbs: Verbs = {
    load: store.load.bind(store),
    insert: store.insert.bind(store),
    replace: store.replace.bind(store),
    remove: store.remove.bind(store),
    add: users.add.bind(users),
  }
  let current: Verbs & object = { ...verbs }
  return {
    calls,
    atomicity: store.atomicity,
    now: () => store.now(),
    close: () => store.close(),
    users: {
      ...users,
      add: (...given) => (calls.push('add'), current.add(...given)),
      revoke: (...given) => (calls.push('revoke'), users.revoke(...given)),
      list: (...given) => (calls.push('list'), users.list(...given)),
      drop: (...given) => (calls.push('drop'), users.drop(...given)),
    },
    list: store.list!,
    journal: store.journal!,
    load: (...given) => (calls.push('load'), current.load(...given)),
    insert: (...given) => (calls.push('insert'), current.insert(...given)),
    replace: (...given) => (calls.push('replace'), current.replace(...given)),
    remove: (...given) => (calls.push('remove'), current.remove(...given)),
    tap: (verb, replacement) => {
      current[verb] = replacement(verbs[verb])
    },
    untap: () => {
      current = { ...verbs }
    },
  }
}

/** Several backends on one store, and the clock that they share. */
export interface Fleet {
  readonly clock: FakeClock
  readonly store: TappedStore
  readonly backend: readonly [Sessions<Data>, Sessions<Data>, Sessions<Data>]
}

export function fleet(options: Omit<SessionsOptions, 'store'> = {}): Fleet {
  const clock = fakeClock()
  const store = tapped(memoryStore({ now: clock.now }))
  const open = (): Sessions<Data> => createSessions<Data>({ ...options, store })
  return { clock, store, backend: [open(), open(), open()] }
}
