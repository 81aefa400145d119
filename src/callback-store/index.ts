import { plainOperations } from '../engine/operations.js'
import { InvalidOptionError } from '../errors.js'
import { parseDeadline, type Duration } from '../options/duration.js'
import { checkOptionNames, refuseMistaken } from '../options/names.js'
import { newVersion, type Handle, type SessionStore, type StoredRecord } from '../store.js'
import { mutexOf } from '../engine/keyed-mutex.js'
import { callWithCallback } from './call-with-callback.js'
import { recordIn, sessionOf, type FoundRecord } from './record.js'

/** A store as express-session wants it. Each method calls back with an error or its answer. */
export interface CallbackSessionStore {
  get(id: string, callback: never): unknown
  set(id: string, session: never, callback: never): unknown
  destroy(id: string, callback: never): unknown
}

export interface CallbackStoreOptions {
  readonly store: CallbackSessionStore
  /**
   * After this long a call to the store counts as failed, and the next writer of the same session goes on. Default `'10s'`, which is
   * long on purpose: a call that still takes effect after that can overwrite newer changes.
   */
  readonly deadline?: Duration
}

/**
 * Keeps sessions in a store written for express-session, of which `get`, `set` and `destroy` are used.
 *
 * Such a store has no step that compares and sets. So the writers of one session take turns, each looking first at what is there:
 * exact for all that one process does, and no more than that. Backends that share the store can overwrite each other's changes,
 * and bring back a session that another one has just ended.
 *
 * What is stored has the shape that such stores and their tools expect: a `cookie`, the values of the session beside it, and one
 * more field, `sessera`, with what else belongs to the record. A session that express-session stored itself cannot be read here.
 * `close` leaves the store open.
 *
 * @throws {@link InvalidOptionError} when an option is wrong.
 */
export function callbackStore(options: CallbackStoreOptions): SessionStore {
  checkOptionNames('options', options, ['store', 'deadline'], { 'callback-store': 'pass { store }' })
  const { store, deadline = '10s' } = options
  checkStore(store)
  const mutex = mutexOf(store)
  const deadlineMs = parseDeadline(deadline)
  const operations = plainOperations({
    deadlineMs,
    lateMessage: `The session store did not call back within ${deadlineMs} ms.`,
  })

  function call<Value>(method: keyof CallbackSessionStore, ...values: readonly unknown[]): Promise<Value | undefined> {
    return operations.run((operation) => operation.call(() => callWithCallback<Value>(store, method, ...values)))
  }

  async function find(handle: Handle): Promise<FoundRecord | undefined> {
    const session = await call<unknown>('get', handle)
    if (session === undefined) return undefined
    const found = recordIn(session) ?? unreadable
    return found.expiresAt > Date.now() ? found : undefined
  }

  async function put(handle: Handle, text: string, lifetimeMs: number): Promise<string> {
    const version = newVersion()
    await call('set', handle, sessionOf({ text, version, expiresAt: Date.now() + lifetimeMs }))
    return version
  }

  return {
    now: () => Date.now(),
    atomicity: 'process',

    async load(handle) {
      const found = await find(handle)
      return found && shown(found)
    },

    async insert(handle, text, lifetimeMs) {
      if (!(lifetimeMs > 0)) return undefined
      return mutex.run(handle, async () =>
        (await find(handle)) === undefined ? put(handle, text, lifetimeMs) : undefined,
      )
    },

    async replace(handle, expected, text, lifetimeMs) {
      if (!(lifetimeMs > 0)) return { status: 'gone' }
      return mutex.run(handle, async () => {
        const current = await find(handle)
        if (current === undefined) return { status: 'gone' }
        if (!isVersion(current, expected)) return { status: 'changed', current: shown(current) }
        return { status: 'replaced', version: await put(handle, text, lifetimeMs) }
      })
    },

    remove: (handle, expected) =>
      mutex.run(handle, async () => {
        const current = await find(handle)
        if (current === undefined) return 'gone'
        if (expected !== undefined && !isVersion(current, expected)) return 'changed'
        await call('destroy', handle)
        return 'removed'
      }),

    async close() {},
  }
}

const unreadable: FoundRecord = { text: '', version: '', expiresAt: Infinity }

function shown({ text, version }: FoundRecord): StoredRecord {
  return { text, version }
}

/** The version of what cannot be read is empty, which fits nothing. */
function isVersion({ version }: FoundRecord, expected: string): boolean {
  return version !== '' && version === expected
}

function checkStore(store: CallbackSessionStore): void {
  refuseMistaken('store', store, {
    client: "pass redisStore({ client }) of 'sessera/redis' to createSessions() instead",
    store: 'pass it to createSessions() as it is',
  })
  for (const method of ['get', 'set', 'destroy'] as const) {
    if (typeof (store as Partial<CallbackSessionStore> | undefined)?.[method] !== 'function')
      throw new InvalidOptionError('store', `must have a method ${method}, as stores for express-session do`)
  }
}
