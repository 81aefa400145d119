import { callWithCallback } from '../../callback-store/call-with-callback.js'
import { mutexOf } from '../../engine/keyed-mutex.js'
import { plainOperations, type Operation } from '../../engine/operations.js'
import { emitEvent } from '../../events.js'
import type { Session } from '../api/session.js'
import type { Store } from '../api/store.js'
import { lastChangesIn } from './last-changes.js'
import { mergeSession, type Conflict } from './merge-session.js'
import type { Repository, Snapshot, TouchResult } from './repository.js'
import { keyOf } from './session-id.js'
import { contentsOf } from './session-contents.js'

/**
 * Keeps sessions in a store with callbacks. It has no compare-and-set, so writers of one session take turns, and each first reads what is
 * stored: no change is lost within this process, but other processes can overwrite it. A revision is the number of the last change in
 * this process.
 */
export function callbackRepository(store: Store, conflict: Conflict, deadlineMs: number): Repository<number> {
  const mutex = mutexOf(store)
  const changes = lastChangesIn(store)
  const lateMessage = `The session store did not call back within ${deadlineMs} ms.`
  const operations = plainOperations({ deadlineMs, lateMessage })
  const touches = new Map<string, Promise<TouchResult>>()

  async function call(operation: Operation, method: string, ...values: readonly unknown[]): Promise<unknown> {
    try {
      return await operation.call(() => callWithCallback<unknown>(store, method, ...values))
    } catch (error) {
      emitEvent('store-failed', { error })
      throw error // unchanged
    }
  }

  function inTurn<Value>(operation: Operation, id: string, work: () => Promise<Value>): Promise<Value> {
    return mutex.run(keyOf(id), work, operation)
  }

  async function mergeStored(operation: Operation, session: Session, snapshot: Snapshot): Promise<TouchResult> {
    const stored = await call(operation, 'get', session.id)
    if (stored === undefined) return 'gone'
    mergeSession(session, snapshot.contents, stored, conflict)
    return 'present'
  }

  /** Some stores touch by storing the whole session, so it must exist and include what others have stored. */
  async function touch(
    operation: Operation,
    session: Session,
    snapshot: Snapshot<number> | undefined,
  ): Promise<TouchResult> {
    const isLatest = snapshot === undefined || changes.of(session.id) === snapshot.revision
    if (!isLatest && (await mergeStored(operation, session, snapshot)) === 'gone') return 'gone'
    await call(operation, 'touch', session.id, session)
    return 'present'
  }

  return {
    operations,

    async load(operation, id) {
      const revision = changes.of(id)
      const data = await call(operation, 'get', id)
      return data === undefined ? undefined : { data, revision }
    },

    save(operation, session, snapshot) {
      const { id } = session
      return inTurn(operation, id, async () => {
        if (snapshot !== undefined && (await mergeStored(operation, session, snapshot)) === 'gone') return undefined
        const contents = contentsOf(session)
        await call(operation, 'set', id, session)
        return { id, contents, revision: changes.add(id) }
      })
    },

    // Requests that only read share one touch, so that they need not queue.
    touch(session, snapshot) {
      const { id } = session
      const shared = touches.get(id)
      if (shared !== undefined) return shared
      const touching = operations
        .run((operation) => inTurn(operation, id, () => touch(operation, session, snapshot)))
        .finally(() => touches.delete(id))
      touches.set(id, touching)
      return touching
    },

    destroy: (operation, id) =>
      inTurn(operation, id, async () => {
        await call(operation, 'destroy', id)
        changes.add(id)
      }),

    destroyLoaded: (operation, id, { revision }) =>
      inTurn(operation, id, async () => {
        if (changes.of(id) !== revision) return 'changed'
        if ((await call(operation, 'get', id)) === undefined) return 'gone'
        await call(operation, 'destroy', id)
        changes.add(id)
        return 'removed'
      }),
  }
}
