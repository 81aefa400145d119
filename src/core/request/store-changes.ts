import type { Turn } from '../../engine/keyed-mutex.js'
import { StoreUnavailableError } from '../../errors.js'
import { checkSize } from '../record/data.js'
import { lineOf } from '../record/encode-data.js'
import { emitEvent } from '../../events.js'
import type { StoreOperation } from '../store-operations.js'
import { merge, type Changes } from '../record/merge.js'
import type { Known } from '../cookie/verify-token.js'
import type { RecordHead } from '../record/record.js'
import type { Core, SessionState } from './state.js'
import { replaceRecord, rereadRecord, stillOurs, type Revision, type WriteResult } from './write.js'

/**
 * Writes over the record that the session has, in turn with the other writers of this process. Where the session was ended or
 * changed hands meanwhile, nothing is stored, and an event says so. With `fresh`, what `revise` throws by is what stands there now.
 */
export async function writeInTurn(
  operation: StoreOperation,
  state: SessionState,
  revise: (current: Known) => Revision,
  fresh = false,
): Promise<WriteResult> {
  const { known, core } = state
  if (known === undefined) return { status: 'ended' }
  const { handle } = known.head
  const inTurn = async (turn: Turn<Known>): Promise<WriteResult> => {
    // A writer that cannot finish in time must not take the time of those who can.
    if (operation.remainingMs < 2 * turn.beforeMs) throw crowdedError()
    const result = await write(operation, core, known, revise, { before: turn.before, fresh })
    if (result.status === 'written') turn.after = result.known
    else emitEvent('changes-dropped', { handle, reason: result.status === 'ended' ? 'ended' : 'superseded' })
    return result
  }
  return core.mutex.run(handle, inTurn, operation)
}

interface Beginning {
  /** What the writer before has stored: at most other backends have written since. */
  readonly before: Known | undefined
  readonly fresh: boolean
}

async function write(
  operation: StoreOperation,
  { policy }: Core,
  known: Known,
  revise: (current: Known) => Revision,
  { before, fresh }: Beginning,
): Promise<WriteResult> {
  const over = (start: Known, revising = revise): Promise<WriteResult> =>
    replaceRecord(operation, policy, known, revising, { start })
  const overStored = async (): Promise<WriteResult> => {
    const stored = await rereadRecord(operation, policy, known)
    return typeof stored === 'string' ? { status: stored } : over(stored)
  }
  if (before === undefined) return fresh ? overStored() : over(known)
  const start = stillOurs(before, known, policy, operation.now())
  // What the previous writer handed on may be older than what this request knows, so only the store can say that it is lost.
  if (typeof start === 'string') return overStored()
  const rejected = Symbol('rejected')
  const reviseBefore = (current: Known): Revision => {
    try {
      return revise(current)
    } catch (error) {
      throw fresh && current === before ? rejected : error
    }
  }
  try {
    return await over(start, reviseBefore)
  } catch (error) {
    if (error !== rejected) throw error
    return overStored()
  }
}

function crowdedError(): StoreUnavailableError {
  return new StoreUnavailableError('Too many requests change this session at once; this one could not be done in time.')
}

/** Stores changes over the record: merged with what others changed, and with `rehead` applied to the head. Answers like `writeInTurn`. */
export async function storeChanges(
  operation: StoreOperation,
  state: SessionState,
  changes: Changes,
  rehead: (head: RecordHead) => RecordHead = (head) => head,
): Promise<WriteResult> {
  const { base } = state.data
  let conflicts: readonly string[] = []
  const result = await writeInTurn(operation, state, (current) => {
    const merged = merge(base, changes, state.data.fieldsAt(current.dataLine))
    conflicts = merged.conflicts
    return { head: rehead(current.head), dataLine: checkSize(lineOf(merged.fields), state.core.policy.maxDataBytes) }
  })
  if (result.status === 'written' && conflicts.length > 0) {
    emitEvent('conflict', { handle: result.known.head.handle, keys: conflicts })
  }
  return result
}
