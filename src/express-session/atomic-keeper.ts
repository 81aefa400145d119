import { emitEvent } from '../core/events.js'
import type { GuardedCalls } from '../core/guard.js'
import { Turns } from '../turns.js'
import type { AtomicRecords } from './atomic-records.js'
import { handleOf } from './handle.js'
import { mergeInto, type Conflict, type Keeper, type Known } from './keeper.js'
import { lineOf } from './session-line.js'
import type { Session } from './session.js'

/** Keeps sessions in a store that compares and sets: exact for all processes that use it. */
export function atomicKeeper(records: AtomicRecords, conflict: Conflict): Keeper {
  const turns = new Turns()

  async function parse(text: string): Promise<unknown> {
    try {
      return await records.parse(text)
    } catch {
      return undefined
    }
  }

  /** Compare and set, over what others wrote meanwhile again and again, until it holds or the deadline passes. */
  async function replace(calls: GuardedCalls, session: Session, known: Known): Promise<Known | undefined> {
    const { id } = session
    let { line: base, text: expected = '' } = known
    for (;;) {
      const line = lineOf(session)
      const answer = await calls.make(() => records.replace(id, expected, session))
      if (answer.status === 'gone') return undefined
      if (answer.status === 'replaced') return { id, line, text: answer.text }
      const theirs = await parse(answer.text)
      mergeInto(session, base, theirs, conflict)
      expected = answer.text
      if (typeof theirs === 'object' && theirs !== null) base = lineOf(theirs)
      // A store that answers without waiting for anything must not keep the deadline's timer from its turn.
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  return {
    async load(id) {
      const found = await records.guard.operate((calls) => calls.make(() => records.load(id)))
      return found === undefined ? undefined : { id, ...found, data: await parse(found.text) }
    },

    save(session, known) {
      const { id } = session
      return records.guard.operate(async (calls) => {
        const endTurn = await turns.take(handleOf(id), (promise) => calls.within(promise))
        try {
          if (known !== undefined) return await replace(calls, session, known)
          const line = lineOf(session)
          return { id, line, text: await calls.make(() => records.set(id, session)) }
        } finally {
          endTurn()
        }
      })
    },

    touch(session, known, surely) {
      // What this request has stored itself has its whole life before it.
      const left = known?.lifetimeLeftMs
      if (!surely && (left === undefined || !records.isDue(session, left))) return true
      const touched = records.guard
        .operate((calls) => calls.make(() => records.touch(session.id, session)))
        .catch((error: unknown) => {
          emitEvent('renewal-failed', { handle: handleOf(session.id), error })
          return false
        })
      return surely ? touched : true
    },

    destroy(id) {
      return records.guard.operate((calls) => calls.make(() => records.remove(id)))
    },
  }
}
