import { checkSize } from './data.js'
import { emitEvent } from './events.js'
import type { StoreCalls } from './guarded-store.js'
import { fieldsOf, lineOf, merge, type Changes } from './merge.js'
import type { Known } from './recognise.js'
import type { RecordHead } from './record.js'
import type { SessionState } from './state.js'
import { replaceRecord, rereadRecord, type Revision, type WriteResult } from './write.js'

/**
 * Writes over the record that the session has, in turn with the other writers of this process. Where the session was ended or
 * changed hands meanwhile, nothing is stored, and an event says so. With `fresh`, `revise` sees only what was read just now.
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
  const endTurn = await core.turns.take(handle, (promise) => calls.within(promise))
  try {
    const start = fresh ? await rereadRecord(calls, core.policy, known) : known
    const result: WriteResult =
      typeof start === 'string' ? { status: start } : await replaceRecord(calls, core.policy, known, revise, { start })
    if (result.status !== 'written') {
      emitEvent('changes-dropped', { handle, reason: result.status === 'ended' ? 'ended' : 'superseded' })
    }
    return result
  } finally {
    endTurn()
  }
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
    const merged = merge(base, changes, fieldsOf(current.dataLine))
    conflicts = merged.conflicts
    return { head: rehead(current.head), dataLine: checkSize(lineOf(merged.fields), state.core.policy.maxDataBytes) }
  })
  if (result.status === 'written' && conflicts.length > 0) {
    emitEvent('conflict', { handle: result.known.head.handle, keys: conflicts })
  }
  return result
}
