import type { Turn } from '../../engine/keyed-mutex.js'
import { SessionEndedError, SessionSupersededError, StoreUnavailableError } from '../../errors.js'
import { emitEvent } from '../../events.js'
import { checkSize } from '../record/data.js'
import type { Changes } from '../record/merge.js'
import type { RecordContent, RecordHead, SessionRecord } from '../record/record.js'
import type { StoreOperation } from '../store-operations.js'
import type { SessionState } from './session-state.js'
import { checkStillOurs, reloadRecord, replaceRecord, type WriteResult } from './write-record.js'

type Revise = (current: SessionRecord) => RecordContent

/** What `revise` must see first. `current`: the stored state, even at the cost of a load. `known`: the latest that this process knows. */
type Basis = 'current' | 'known'

/**
 * Writes over the session's record, in turn with the other writers of this process. If the session ended or its secret was replaced,
 * nothing is stored, and the event `changes-dropped` says so.
 */
export function writeInTurn(
  operation: StoreOperation,
  { record: known, services }: SessionState,
  revise: Revise,
  basis: Basis = 'known',
): Promise<WriteResult> {
  if (known === undefined) return Promise.resolve({ status: 'ended' })
  const { handle } = known.head
  const work = async (turn: Turn<SessionRecord>): Promise<WriteResult> => {
    // A writer that cannot finish in time must not delay those behind it.
    if (operation.remainingMs < 2 * turn.beforeMs) throw crowdedError()
    const result = await write(operation, known, revise, basis, turn.before)
    if (result.status === 'written') turn.after = result.record
    else emitEvent('changes-dropped', { handle, reason: result.status === 'ended' ? 'ended' : 'superseded' })
    return result
  }
  return services.mutex.run(handle, work, operation)
}

/** `before` is what the previous writer of this process stored: at most other backends have written since. */
function write(
  operation: StoreOperation,
  known: SessionRecord,
  revise: Revise,
  basis: Basis,
  before: SessionRecord | undefined,
): Promise<WriteResult> {
  if (before !== undefined) return writeAfter(operation, known, revise, basis, before)
  return basis === 'known' ? replaceRecord(operation, known, revise) : reloadAndWrite(operation, known, revise)
}

async function writeAfter(
  operation: StoreOperation,
  known: SessionRecord,
  revise: Revise,
  basis: Basis,
  before: SessionRecord,
): Promise<WriteResult> {
  const start = checkStillOurs(operation, before, known)
  // `before` may be older than what this request knows, so only the store can say that the session is lost.
  if (typeof start === 'string') return reloadAndWrite(operation, known, revise)
  let hasThrownEarly = false
  const reviseOrReload = (current: SessionRecord): RecordContent => {
    hasThrownEarly = basis === 'current' && current === start
    const revision = revise(current)
    hasThrownEarly = false
    return revision
  }
  try {
    return await replaceRecord(operation, known, reviseOrReload, { start })
  } catch (error) {
    // The state that made `revise` throw may no longer be the stored one.
    if (hasThrownEarly) return reloadAndWrite(operation, known, revise)
    throw error
  }
}

async function reloadAndWrite(operation: StoreOperation, known: SessionRecord, revise: Revise): Promise<WriteResult> {
  const start = await reloadRecord(operation, known)
  return typeof start === 'string' ? { status: start } : replaceRecord(operation, known, revise, { start })
}

function crowdedError(): StoreUnavailableError {
  return new StoreUnavailableError(
    'Too many requests change this session at once; this one did not get its turn in time.',
  )
}

/** Stores changes, merged with those of others, and with `rehead` applied to the head. Otherwise as `writeInTurn`. */
export async function writeChanges(
  operation: StoreOperation,
  state: SessionState,
  changes: Changes,
  rehead: (head: RecordHead) => RecordHead = (head) => head,
): Promise<WriteResult> {
  const { data } = state
  let conflicts: readonly string[] = []
  const result = await writeInTurn(operation, state, ({ head, dataLine }) => {
    const merged = data.mergedWith(dataLine, changes)
    conflicts = merged.conflicts
    return { head: rehead(head), dataLine: checkSize(merged.line, operation.policy.maxDataBytes) }
  })
  if (result.status === 'written' && conflicts.length > 0) {
    emitEvent('conflict', { handle: result.record.head.handle, keys: conflicts })
  }
  return result
}

/** The error for a write that came too late. */
export function lossError(status: Exclude<WriteResult['status'], 'written'>): Error {
  return status === 'ended' ? new SessionEndedError() : new SessionSupersededError()
}
