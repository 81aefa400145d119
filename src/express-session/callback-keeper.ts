import { Deadlines } from '../core/deadlines.js'
import { StoreUnavailableError } from '../errors.js'
import { callWithCallback } from '../stores/callback-call.js'
import { turnsOf } from '../turns.js'
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
  const deadlines = new Deadlines(deadlineMs)

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

  return {
    async load(id): Promise<Found | undefined> {
      const data = await inTime((within) => within(read(id)))
      return data === undefined ? undefined : { id, data }
    },

    save: (session: Session, known: Known | undefined) =>
      inTurn(session.id, async (within) => {
        if (known !== undefined) {
          const theirs = await within(read(session.id))
          if (theirs === undefined) return undefined
          mergeInto(session, known.line, theirs, conflict)
        }
        const line = lineOf(session)
        await within(callWithCallback(store, 'set', session.id, session))
        return { id: session.id, line }
      }),

    touch: (session, _known, surely) =>
      inTurn(session.id, async (within) => {
        if (surely && (await within(read(session.id))) === undefined) return false
        await within(callWithCallback(store, 'touch', session.id, session))
        return true
      }),

    destroy: (id) =>
      inTurn(id, async (within) => {
        await within(callWithCallback(store, 'destroy', id))
      }),
  }
}
