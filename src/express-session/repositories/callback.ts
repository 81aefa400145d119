import { emitEvent } from '../../events.js'
import { plainOperations, type Operation } from '../../engine/operations.js'
import { callWithCallback } from '../../callback-store/call-with-callback.js'
import { mutexOf } from '../../engine/keyed-mutex.js'
import { changeCountsOf } from './change-counts.js'
import { handleOf } from './handle.js'
import { mergeInto, type Conflict, type Found, type Keeper, type Known } from './repository.js'
import { lineOf } from './session-line.js'
import type { Session } from '../api/session.js'
import type { Store } from '../api/store.js'

/**
 * Keeps sessions in a store of which only callbacks are known. It has no step that compares and sets, so writers of one session take
 * turns, each looking at what is there first: exact within this process, and no more than that.
 */
export function callbackKeeper(store: Store, conflict: Conflict, deadlineMs: number): Keeper {
  const mutex = mutexOf(store)
  const counts = changeCountsOf(store)
  const operations = plainOperations({
    deadlineMs,
    lateMessage: `The session store did not call back within ${deadlineMs} ms.`,
  })
  const touches = new Map<string, Promise<boolean>>()

  /** A failure stays the store's own error. */
  function call<Value>(
    operation: Operation,
    method: string,
    ...values: readonly unknown[]
  ): Promise<Value | undefined> {
    return operation.call(() => callWithCallback<Value>(store, method, ...values)).catch(report)
  }

  const read = (operation: Operation, id: string): Promise<unknown> => call(operation, 'get', id)

  /** Takes over what others have stored since. Whether the session still is there. */
  async function adoptOthers(operation: Operation, session: Session, known: Known): Promise<boolean> {
    const theirs = await read(operation, session.id)
    if (theirs === undefined) return false
    mergeInto(session, known, theirs, conflict)
    return true
  }

  /** Some stores touch by storing the whole session: then it must be there, and have what others have stored. */
  async function touch(operation: Operation, session: Session, known: Known | undefined): Promise<boolean> {
    const isAsKnown = known === undefined || counts.of(session.id) === known.changes
    if (!isAsKnown && !(await adoptOthers(operation, session, known))) return false
    await call(operation, 'touch', session.id, session)
    return true
  }

  return {
    operations,

    async load(operation, id): Promise<Found | undefined> {
      const changes = counts.of(id)
      const data = await read(operation, id)
      return data === undefined ? undefined : { id, data, changes }
    },

    save: (operation, session, known) =>
      mutex.run(
        handleOf(session.id),
        async () => {
          const { id } = session
          if (known !== undefined && !(await adoptOthers(operation, session, known))) return undefined
          const line = lineOf(session)
          await call(operation, 'set', id, session)
          return { id, line, changes: counts.add(id) }
        },
        operation,
      ),

    // One for all who only read meanwhile: they need not queue.
    touch(session, known) {
      const { id } = session
      const inOperation = (operation: Operation): Promise<boolean> =>
        mutex.run(handleOf(id), () => touch(operation, session, known), operation)
      const touching = touches.get(id) ?? operations.run(inOperation).finally(() => touches.delete(id))
      touches.set(id, touching)
      return touching
    },

    destroy: (operation, id) =>
      mutex.run(
        handleOf(id),
        async () => {
          await call(operation, 'destroy', id)
          counts.add(id)
        },
        operation,
      ),
  }
}

function report(error: unknown): never {
  emitEvent('store-failed', { error })
  throw error
}
