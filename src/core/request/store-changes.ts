import { StoreUnavailableError } from '../../errors.js'
import { checkSize } from '../record/data.js'
import { lineOf } from '../record/encode-data.js'
import { emitEvent } from '../../events.js'
import type { StoreCalls } from '../guarded-store.js'
import { merge, type Changes } from '../record/merge.js'
import type { Known } from '../cookie/verify-token.js'
import type { RecordHead } from '../record/record.js'
import type { Core, SessionState } from './state.js'
import { replaceRecord, rereadRecord, stillOurs, type Lost, type Revision, type WriteResult } from './write.js'

/**
 * Writes over the record that the session has, in turn with the other writers of this process. Where the session was ended or
 * changed hands meanwhile, nothing is stored, and an event says so. With `fresh`, what `revise` throws by is what stands there now.
 */
export async function writeInTurn(
  calls: StoreCalls,
  state: SessionState,
  revise: (current: Known) => Revision,
  fresh = false,
): Promise<WriteResult> {
  const { known, core } = state
  if (known === undefined) return { status: 'ended' }
  const { handle } = known.head
  const turn = await core.turns.takeOver(handle, (promise) => calls.within(promise))
  let result: WriteResult | undefined
  try {
    // Whoever cannot be done in time must not take the time of those who can.
    if (calls.remainingMs() < 2 * turn.beforeMs) throw crowdedError()
    result = await write(calls, core, known, revise, { before: turn.before, fresh })
    if (result.status !== 'written')
      emitEvent('changes-dropped', { handle, reason: result.status === 'ended' ? 'ended' : 'superseded' })
    return result
  } finally {
    turn.end(result?.status === 'written' ? result.known : undefined)
  }
}

interface Beginning {
  /** What the writer before has stored: at most other backends have written since. */
  readonly before: Known | undefined
  readonly fresh: boolean
}

async function write(
  calls: StoreCalls,
  { policy }: Core,
  known: Known,
  revise: (current: Known) => Revision,
  { before, fresh }: Beginning,
): Promise<WriteResult> {
  const from = async (start: Known | Lost, revising = revise): Promise<WriteResult> =>
    typeof start === 'string' ? { status: start } : replaceRecord(calls, policy, known, revising, { start })
  if (before === undefined) return from(fresh ? await rereadRecord(calls, policy, known) : known)
  const rejected = Symbol('rejected')
  const reviseBefore = (current: Known): Revision => {
    try {
      return revise(current)
    } catch (error) {
      throw fresh && current === before ? rejected : error
    }
  }
  try {
    return await from(stillOurs(before, known, policy, calls.now()), reviseBefore)
  } catch (error) {
    if (error !== rejected) throw error
    return from(await rereadRecord(calls, policy, known))
  }
}

function crowdedError(): StoreUnavailableError {
  return new StoreUnavailableError('Too many requests change this session at once; this one could not be done in time.')
}

/** Stores changes over the record: merged with what others changed, and with `rehead` applied to the head. Answers like `writeInTurn`. */
export async function storeChanges(
  calls: StoreCalls,
  state: SessionState,
  changes: Changes,
  rehead: (head: RecordHead) => RecordHead = (head) => head,
): Promise<WriteResult> {
  const { base } = state.data
  let conflicts: readonly string[] = []
  const result = await writeInTurn(calls, state, (current) => {
    const merged = merge(base, changes, state.data.fieldsAt(current.dataLine))
    conflicts = merged.conflicts
    return { head: rehead(current.head), dataLine: checkSize(lineOf(merged.fields), state.core.policy.maxDataBytes) }
  })
  if (result.status === 'written' && conflicts.length > 0) {
    emitEvent('conflict', { handle: result.known.head.handle, keys: conflicts })
  }
  return result
}
