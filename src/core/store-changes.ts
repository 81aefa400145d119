import { checkSize } from './data.js'
import { emitEvent } from './events.js'
import type { StoreCalls } from './guarded-store.js'
import { fieldsOf, lineOf, merge, type Changes } from './merge.js'
import type { Known } from './recognise.js'
import type { RecordHead } from './record.js'
import type { SessionState } from './state.js'
import { replaceRecord, rereadRecord, type Revision } from './write.js'

/**
 * Writes over the record that the session has, in turn with the other writers of this process. What stands there then; or
 * nothing, and an event, when the session was ended or changed hands meanwhile. With `fresh`, `revise` sees only what was read
 * just now.
 */
export async function writeInTurn(
  calls: StoreCalls,
  state: SessionState,
  revise: (current: Known) => Revision,
  fresh = false,
): Promise<Known | undefined> {
  const { known, core } = state
  if (known === undefined) return undefined
  const { handle } = known.head
  const endTurn = await core.turns.take(handle, (promise) => calls.within(promise))
  try {
    const start = fresh ? await rereadRecord(calls, core.policy, known) : known
    const result =
      typeof start === 'string' ? { status: start } : await replaceRecord(calls, core.policy, known, revise, { start })
    if (result.status === 'written') return result.known
    emitEvent('changes-dropped', { handle, reason: result.status === 'superseded' ? 'superseded' : 'ended' })
    return undefined
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
): Promise<{ readonly known: Known } | undefined> {
  const { base } = state.data
  let conflicts: readonly string[] = []
  const known = await writeInTurn(calls, state, (current) => {
    const merged = merge(base, changes, fieldsOf(current.dataLine))
    conflicts = merged.conflicts
    return { head: rehead(current.head), dataLine: checkSize(lineOf(merged.fields), state.core.policy.maxDataBytes) }
  })
  if (known === undefined) return undefined
  if (conflicts.length > 0) emitEvent('conflict', { handle: known.head.handle, keys: conflicts })
  return { known }
}
