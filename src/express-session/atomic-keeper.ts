import { emitEvent } from '../core/events.js'
import type { GuardedCalls } from '../core/guard.js'
import { StoreFullError } from '../errors.js'
import { Turns } from '../turns.js'
import { UnreadableRecordError, type AtomicRecords } from './atomic-records.js'
import { handleOf } from './handle.js'
import { mergeInto, type Conflict, type Keeper, type Known } from './keeper.js'
import { cookieLineOf, lineOf, type Baseline } from './session-line.js'
import type { Session } from './session.js'
import { setImmediate } from '../timers.js'

/** Keeps sessions in a store that compares and sets: exact for all processes that use it. */
export function atomicKeeper(records: AtomicRecords, conflict: Conflict): Keeper {
  const turns = new Turns()

  async function parse(calls: GuardedCalls, text: string): Promise<unknown> {
    try {
      return await calls.within(records.parse(text))
    } catch (error) {
      if (error instanceof UnreadableRecordError) return undefined
      emitEvent('store-failed', { error })
      throw error
    }
  }

  /** Compare and set, over what others wrote meanwhile again and again, until it holds or the deadline passes. */
  async function replace(calls: GuardedCalls, session: Session, known: Known): Promise<Known | undefined> {
    const { id } = session
    let base: Known = known
    for (;;) {
      const line = lineOf(session)
      const answer = await calls.make(() => records.replace(id, base.text ?? '', session))
      if (answer.status === 'gone') return undefined
      if (answer.status === 'replaced') return { id, line, text: answer.text, endsAt: answer.endsAt }
      const theirs = await parse(calls, answer.text)
      mergeInto(session, base, theirs, conflict)
      base = { ...base, ...baselineOf(theirs), text: answer.text }
      // A store that answers without waiting for anything must not keep the deadline's timer from its turn.
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** Where there is no room to store it, what has not changed needs none. */
  async function replaceOrTouch(calls: GuardedCalls, session: Session, known: Known): Promise<Known | undefined> {
    try {
      return await replace(calls, session, known)
    } catch (error) {
      if (!(error instanceof StoreFullError) || !isUnchanged(session, known)) throw error
      const isThere = await calls.make(() => records.touch(session.id, session))
      return isThere ? known : undefined
    }
  }

  return {
    operate: (operation) => records.guard.operate(operation),

    async load(calls, id) {
      const found = await calls.make(() => records.load(id))
      return found === undefined ? undefined : { id, ...found, data: await parse(calls, found.text) }
    },

    async save(calls, session, known) {
      const { id } = session
      const endTurn = await turns.take(handleOf(id), (promise) => calls.within(promise))
      try {
        if (known !== undefined) return await replaceOrTouch(calls, session, known)
        const line = lineOf(session)
        return { id, line, ...(await calls.make(() => records.set(id, session))) }
      } finally {
        endTurn()
      }
    },

    touch(session, known, surely) {
      const { endsAt = Infinity } = known ?? {}
      if (!surely && !records.isDue(session, endsAt)) return true
      const touched = records.guard
        .operate((calls) => calls.make(() => records.touch(session.id, session)))
        .catch((error: unknown) => {
          emitEvent('renewal-failed', { handle: handleOf(session.id), error })
          return true // as far as is known
        })
      return surely ? touched : true
    },

    destroy: (calls, id) => calls.make(() => records.remove(id)),
  }
}

function isUnchanged(session: Session, { line, cookieLine }: Known): boolean {
  return lineOf(session) === line && cookieLineOf(session.cookie) === cookieLine
}

/** What others have stored is what the session's changes are counted from next; unless it cannot be read. */
function baselineOf(theirs: unknown): Partial<Baseline> {
  if (typeof theirs !== 'object' || theirs === null) return {}
  return { line: lineOf(theirs), cookieLine: cookieLineOf((theirs as Partial<Session>).cookie) }
}
