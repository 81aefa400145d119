import { Deadlines } from '../deadlines.js'
import { StoreUnavailableError } from '../errors.js'
import { callWithCallback } from '../stores/callback-call.js'
import { turnsOf } from '../turns.js'
import { changeCountsOf } from './change-counts.js'
import { handleOf } from './handle.js'
import { mergeInto, type Conflict, type Found, type Keeper, type Known } from './keeper.js'
import { lineOf } from './session-line.js'
import type { Session } from './session.js'
import type { Store } from './store.js'

/**
 * Keeps sessions in a store of which only callbacks are known. It has no step that compares and sets, so writers of one session take
 * turns, each looking at what is there first: exact within this process, and no more than that.
 */
export function callbackKeeper(store: Store, conflict: Conflict, deadlineMs: number): Keeper {
  const turns = turnsOf(store)
  const counts = changeCountsOf(store)
  const deadlines = new Deadlines(deadlineMs)
  const touches = new Map<string, Promise<boolean>>()

  type Within = <Value>(promise: Promise<Value>) => Promise<Value>

  async function inTime<Value>(work: (within: Within) => Promise<Value>): Promise<Value> {
    const deadline = deadlines.start()
    const late = (): StoreUnavailableError =>
      new StoreUnavailableError(`The session store did not call back within ${deadlineMs} ms.`)
    try {
      return await work((promise) => deadline.race(promise, late))
    } finally {
      deadlines.finish(deadline)
    }
  }

  function inTurn<Value>(id: string, work: (within: Within) => Promise<Value>): Promise<Value> {
    return inTime(async (within) => {
      const endTurn = await turns.take(handleOf(id), within)
      try {
        return await work(within)
      } finally {
        endTurn()
      }
    })
  }

  const read = (id: string): Promise<unknown> => callWithCallback(store, 'get', id)

  /** Takes over what others have stored since. Whether the session still is there. */
  async function adoptOthers(session: Session, known: Known, within: Within): Promise<boolean> {
    const theirs = await within(read(session.id))
    if (theirs === undefined) return false
    mergeInto(session, known, theirs, conflict)
    return true
  }

  /** Some stores touch by storing the whole session: then it must be there, and have what others have stored. */
  function touch(session: Session, known: Known | undefined): Promise<boolean> {
    return inTurn(session.id, async (within) => {
      const isAsKnown = known === undefined || counts.of(session.id) === known.changes
      if (!isAsKnown && !(await adoptOthers(session, known, within))) return false
      await within(callWithCallback(store, 'touch', session.id, session))
      return true
    })
  }

  return {
    async load(id): Promise<Found | undefined> {
      const changes = counts.of(id)
      const data = await inTime((within) => within(read(id)))
      return data === undefined ? undefined : { id, data, changes }
    },

    save: (session: Session, known: Known | undefined) =>
      inTurn(session.id, async (within) => {
        const { id } = session
        if (known !== undefined && !(await adoptOthers(session, known, within))) return undefined
        const line = lineOf(session)
        await within(callWithCallback(store, 'set', id, session))
        return { id, line, changes: counts.add(id) }
      }),

    // One for all who only read meanwhile: they need not queue.
    touch(session, known) {
      const { id } = session
      const touching = touches.get(id) ?? touch(session, known).finally(() => touches.delete(id))
      touches.set(id, touching)
      return touching
    },

    destroy: (id) =>
      inTurn(id, async (within) => {
        await within(callWithCallback(store, 'destroy', id))
        counts.add(id)
      }),
  }
}
