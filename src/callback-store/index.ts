import { Deadlines } from '../engine/deadlines.js'
import { InvalidOptionError, StoreUnavailableError } from '../errors.js'
import { checkOptionNames, refuseMistaken } from '../options/names.js'
import { newVersion, type Handle, type SessionStore, type StoredRecord } from '../store.js'
import { turnsOf } from '../engine/keyed-mutex.js'
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
   * After how many ms a call to the store counts as failed, and whoever writes to the same session next has its turn. Default
   * 10,000: longer than anybody should wait, since what the store still does after that can overwrite what was written since.
   */
  readonly timeoutMs?: number
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
  checkOptionNames('options', options, ['store', 'timeoutMs'], { 'callback-store': 'pass { store }' })
  const { store, timeoutMs = 10_000 } = options
  checkOptions(store, timeoutMs)
  const turns = turnsOf(store)
  const deadlines = new Deadlines(timeoutMs)

  async function call<Value>(
    method: keyof CallbackSessionStore,
    ...values: readonly unknown[]
  ): Promise<Value | undefined> {
    const deadline = deadlines.start()
    try {
      return await deadline.race(callWithCallback<Value>(store, method, ...values), () => lateError(method, timeoutMs))
    } finally {
      deadlines.finish(deadline)
    }
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

  async function inTurn<Result>(handle: Handle, write: () => Promise<Result>): Promise<Result> {
    const endTurn = await turns.take(handle, (turn) => turn)
    try {
      return await write()
    } finally {
      endTurn()
    }
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
      return inTurn(handle, async () =>
        (await find(handle)) === undefined ? put(handle, text, lifetimeMs) : undefined,
      )
    },

    async replace(handle, expected, text, lifetimeMs) {
      if (!(lifetimeMs > 0)) return { status: 'gone' }
      return inTurn(handle, async () => {
        const current = await find(handle)
        if (current === undefined) return { status: 'gone' }
        if (!isVersion(current, expected)) return { status: 'changed', current: shown(current) }
        return { status: 'replaced', version: await put(handle, text, lifetimeMs) }
      })
    },

    remove: (handle, expected) =>
      inTurn(handle, async () => {
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

function lateError(method: string, timeoutMs: number): StoreUnavailableError {
  return new StoreUnavailableError(`The session store's ${method} did not call back within ${timeoutMs} ms.`)
}

function checkOptions(store: CallbackSessionStore, timeoutMs: number): void {
  refuseMistaken('store', store, {
    client: "pass redisStore({ client }) of 'sessera/redis' to createSessions() instead",
    store: 'pass it to createSessions() as it is',
  })
  for (const method of ['get', 'set', 'destroy'] as const) {
    if (typeof (store as Partial<CallbackSessionStore> | undefined)?.[method] !== 'function')
      throw new InvalidOptionError('store', `must have a method ${method}, as stores for express-session do`)
  }
  if (!Number.isSafeInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > 2 ** 31 - 1)
    throw new InvalidOptionError('timeoutMs', 'must be a whole number of milliseconds above 0 that a timer can wait')
}
