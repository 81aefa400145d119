import { checkSize } from './data.js'
import { emitEvent } from './events.js'
import type { StoreCalls } from './guarded-store.js'
import { fieldsOf, lineOf, merge, type Changes } from './merge.js'
import type { Known } from './recognise.js'
import type { RecordHead } from './record.js'
import type { SessionState } from './state.js'
import { isSameHolder, replaceRecord, type Revision, type WriteResult } from './write.js'

/** Writes over the record that the session has, in turn with the other writers of this process. Tells what is lost. */
export async function writeInTurn(
  calls: StoreCalls,
  state: SessionState,
  revise: (current: Known) => Revision,
): Promise<WriteResult> {
  const { known, core } = state
  if (known === undefined) return { status: 'ended' }
  const { handle } = known.head
  const turn = await core.turns.take(handle, (promise) => calls.within(promise))
  let written: Known | undefined
  try {
    const from = turn.latest !== undefined && isSameHolder(turn.latest.head, known.head) ? turn.latest : known
    const result = await replaceRecord(calls, core.policy, known, revise, { from })
    if (result.status === 'written') written = result.known
    if (result.status === 'ended' || result.status === 'superseded')
      emitEvent('changes-dropped', { handle, reason: result.status })
    return result
  } finally {
    turn.end(written)
  }
}

/**
 * Stores changes over the record: merged with what others changed, and with `rehead` applied to the head. Whether it was
 * stored; if not, the session was ended or changed hands meanwhile.
 */
export async function storeChanges(
  calls: StoreCalls,
  state: SessionState,
  changes: Changes,
  rehead: (head: RecordHead) => RecordHead = (head) => head,
): Promise<boolean> {
  let conflicts: readonly string[] = []
  const result = await writeInTurn(calls, state, (current) => {
    const merged = merge(state.data.base, changes, fieldsOf(current.dataLine))
    conflicts = merged.conflicts
    return { head: rehead(current.head), dataLine: checkSize(lineOf(merged.fields), state.core.policy.maxDataBytes) }
  })
  if (result.status !== 'written') return false
  if (conflicts.length > 0) emitEvent('conflict', { handle: result.known.head.handle, keys: conflicts })
  state.adopt(result.known)
  return true
}
