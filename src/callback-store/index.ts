import { plainOperations } from '../engine/operations.js'
import { InvalidOptionError } from '../errors.js'
import { parseDeadline, type Duration } from '../options/duration.js'
import { checkOptionNames } from '../options/check-option-names.js'
import { rejectCommonMistake } from '../options/common-mistakes.js'
import { newVersion, type Handle, type SessionStore, type StoredRecord } from '../store.js'
import { mutexOf } from '../engine/keyed-mutex.js'
import { callWithCallback } from './call-with-callback.js'
import { decodeRecord, encodeRecord } from './record-format.js'

/** A store written for express-session. Each method calls back with an error or its result. */
export interface CallbackSessionStore {
  get(id: string, callback: never): unknown
  set(id: string, session: never, callback: never): unknown
  destroy(id: string, callback: never): unknown
}

export interface CallbackStoreOptions {
  readonly store: CallbackSessionStore
  /**
   * Time limit for each call to the store, after which the next writer of the same session goes ahead. Default `'10s'`, which is long
   * on purpose: a call that still takes effect afterwards can overwrite newer changes.
   */
  readonly deadline?: Duration
}

/**
 * Keeps sessions in a store written for express-session. Uses its `get`, `set` and `destroy`.
 *
 * Such a store has no atomic compare-and-set. Writers of one session therefore queue up, and each reads the session before it writes.
 * That is safe within one process only: backends that share the store can overwrite each other's changes, and can bring back a session
 * that another backend has just ended.
 *
 * A session is stored in the shape that such stores and their tools expect: a `cookie`, the session's values beside it, and one more
 * field, `sessera`, with the rest of the record. Sessions that express-session itself stored cannot be read. `close` does not close the
 * store.
 *
 * @throws {@link InvalidOptionError} when an option is wrong.
 */
export function callbackStore(options: CallbackStoreOptions): SessionStore {
  checkOptionNames('options', options, ['store', 'deadline'], { 'callback-store': 'pass { store }' })
  const { store, deadline = '10s' } = options
  checkStore(store)
  const deadlineMs = parseDeadline(deadline)
  const mutex = mutexOf(store)
  const [get, set, destroy] = [withDeadline('get'), withDeadline('set'), withDeadline('destroy')]

  function withDeadline(method: Method): (...values: readonly unknown[]) => Promise<unknown> {
    const lateMessage = `The session store did not call back from ${method} within ${deadlineMs} ms.`
    const operations = plainOperations({ deadlineMs, lateMessage })
    return (...values) =>
      operations.run((operation) => operation.call(() => callWithCallback(store, method, ...values)))
  }

  async function load(handle: Handle): Promise<StoredRecord | undefined> {
    const session = await get(handle)
    if (session === undefined) return undefined
    const { text, version, expiresAt } = decodeRecord(session) ?? unreadable
    return expiresAt > Date.now() ? { text, version } : undefined
  }

  async function save(handle: Handle, text: string, lifetimeMs: number): Promise<string> {
    const version = newVersion()
    await set(handle, encodeRecord({ text, version, expiresAt: Date.now() + lifetimeMs }))
    return version
  }

  return {
    now: () => Date.now(),
    kind: 'callback store',
    atomicity: 'process',
    load,

    async insert(handle, text, lifetimeMs) {
      if (!(lifetimeMs > 0)) return undefined
      return mutex.run(handle, async () =>
        (await load(handle)) === undefined ? save(handle, text, lifetimeMs) : undefined,
      )
    },

    async replace(handle, expected, text, lifetimeMs) {
      if (!(lifetimeMs > 0)) return { status: 'gone' }
      return mutex.run(handle, async () => {
        const current = await load(handle)
        if (current === undefined) return { status: 'gone' }
        if (!hasVersion(current, expected)) return { status: 'changed', current }
        return { status: 'replaced', version: await save(handle, text, lifetimeMs) }
      })
    },

    remove: (handle, expected) =>
      mutex.run(handle, async () => {
        const current = await load(handle)
        if (current === undefined) return 'gone'
        if (expected !== undefined && !hasVersion(current, expected)) return 'changed'
        await destroy(handle)
        return 'removed'
      }),

    async close() {},
  }
}

/** Stands for a record that cannot be read. Its version matches no expected one. */
const unreadable = { text: '', version: '', expiresAt: Infinity }

function hasVersion({ version }: StoredRecord, expected: string): boolean {
  return version !== unreadable.version && version === expected
}

const methods = ['get', 'set', 'destroy'] as const
type Method = (typeof methods)[number]

function checkStore(store: CallbackSessionStore): void {
  rejectCommonMistake('store', store, {
    client: "pass redisStore({ client }) of 'sessera/redis' to createSessions() instead",
    store: 'pass it to createSessions() as it is',
  })
  for (const method of methods) {
    if (typeof (store as Partial<CallbackSessionStore> | undefined)?.[method] !== 'function')
      throw new InvalidOptionError('store', `must have a method ${method}, as stores for express-session do`)
  }
}
