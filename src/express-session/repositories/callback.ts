import { emitEvent } from '../../events.js'
import type { GuardedCalls } from '../../engine/operations.js'
import { Deadlines } from '../../engine/deadlines.js'
import { StoreUnavailableError } from '../../errors.js'
import { callWithCallback } from '../../callback-store/call-with-callback.js'
import { performance } from '../../engine/timers.js'
import { turnsOf } from '../../engine/keyed-mutex.js'
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
  const turns = turnsOf(store)
  const counts = changeCountsOf(store)
  const deadlines = new Deadlines(deadlineMs)
  const touches = new Map<string, Promise<boolean>>()

  /** As a `Guard` does it, but that a failure stays the store's own error. */
  async function operate<Value>(operation: (calls: GuardedCalls) => Promise<Value>): Promise<Value> {
    const deadline = deadlines.start()
    const late = (): StoreUnavailableError =>
      new StoreUnavailableError(`The session store did not call back within ${deadlineMs} ms.`)
    try {
      return await operation({
        make: (call) => deadline.race(call(), late).catch(tell),
        within: (promise) => deadline.race(promise, late),
        remainingMs: () => deadline.at - performance.now(),
      })
    } finally {
      deadlines.finish(deadline)
    }
  }

  async function inTurn<Value>(calls: GuardedCalls, id: string, work: () => Promise<Value>): Promise<Value> {
    const endTurn = await turns.take(handleOf(id), (promise) => calls.within(promise))
    try {
      return await work()
    } finally {
      endTurn()
    }
  }

  const read = (calls: GuardedCalls, id: string): Promise<unknown> =>
    calls.make(() => callWithCallback(store, 'get', id))

  /** Takes over what others have stored since. Whether the session still is there. */
  async function adoptOthers(calls: GuardedCalls, session: Session, known: Known): Promise<boolean> {
    const theirs = await read(calls, session.id)
    if (theirs === undefined) return false
    mergeInto(session, known, theirs, conflict)
    return true
  }

  /** Some stores touch by storing the whole session: then it must be there, and have what others have stored. */
  async function touch(calls: GuardedCalls, session: Session, known: Known | undefined): Promise<boolean> {
    const isAsKnown = known === undefined || counts.of(session.id) === known.changes
    if (!isAsKnown && !(await adoptOthers(calls, session, known))) return false
    await calls.make(() => callWithCallback(store, 'touch', session.id, session))
    return true
  }

  return {
    deadlineMs,
    operate,

    async load(calls, id): Promise<Found | undefined> {
      const changes = counts.of(id)
      const data = await read(calls, id)
      return data === undefined ? undefined : { id, data, changes }
    },

    save: (calls, session, known) =>
      inTurn(calls, session.id, async () => {
        const { id } = session
        if (known !== undefined && !(await adoptOthers(calls, session, known))) return undefined
        const line = lineOf(session)
        await calls.make(() => callWithCallback(store, 'set', id, session))
        return { id, line, changes: counts.add(id) }
      }),

    // One for all who only read meanwhile: they need not queue.
    touch(session, known) {
      const { id } = session
      const inOperation = (calls: GuardedCalls): Promise<boolean> =>
        inTurn(calls, id, () => touch(calls, session, known))
      const touching = touches.get(id) ?? operate(inOperation).finally(() => touches.delete(id))
      touches.set(id, touching)
      return touching
    },

    destroy: (calls, id) =>
      inTurn(calls, id, async () => {
        await calls.make(() => callWithCallback(store, 'destroy', id))
        counts.add(id)
      }),
  }
}

function tell(error: unknown): never {
  emitEvent('store-failed', { error })
  throw error
}
