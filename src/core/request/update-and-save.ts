import { isThenable } from '../../engine/thenable.js'
import { InvalidArgumentError, SessionSupersededError } from '../../errors.js'
import { emitEvent } from '../../events.js'
import { needsRenewal } from '../policy.js'
import { decodeOrEmpty, emptyLine, type DataObject } from '../record/data.js'
import { encodeData } from '../record/encode-data.js'
import type { RecordContent, SessionRecord } from '../record/record.js'
import type { StoreOperation } from '../store-operations.js'
import { callAndHint } from './development-hints.js'
import { changesUser } from './follow-user.js'
import type { SessionState } from './session-state.js'
import { lossError, writeChanges, writeInTurn } from './write-in-turn.js'
import { insertRecord, reloadRecord, replaceRecord, type NewSession, type WriteResult } from './write-record.js'
import { assertHasResponse, assertMaySetCookie } from './request-context.js'

/** Thrown where an update turns out to sign somebody in or out. Then it only changes the data in memory, as after `signIn`. */
const storedWithResponse = new Error('The change is stored with the response.')

/** Calls `update` or `save`, unless it is too late. A promise that nobody awaits fails the response. */
export function writeNow<Value>(
  state: SessionState,
  method: 'update' | 'save',
  write: (state: SessionState) => Promise<Value>,
): Promise<Value> {
  try {
    state.assertOpen(method)
    state.isRead = true
    return write(state)
  } catch (error) {
    const { isCommitted, handle } = state
    if (isCommitted) emitEvent('late-change', { handle })
    return state.float(Promise.reject(error))
  }
}

// The next two throw instead of rejecting: code that passes a callback ignores the promise.

export function assertFunction(change: unknown): void {
  if (typeof change === 'function') return
  throw new InvalidArgumentError('session.update() takes a function that changes the data.')
}

export function assertNoCallback(given: readonly unknown[]): void {
  if (given.length === 0) return
  throw new InvalidArgumentError(
    'session.save() takes no callback: await it, or leave the call out, because the response waits for the session anyway.',
  )
}

/** `session.update()`: reads, changes and writes the stored data now. */
export function updateNow<Result>(state: SessionState, change: (data: DataObject) => Result): Promise<Result> {
  if (isStoredWithResponse(state)) return state.float((async () => apply(change, state.data.object))())
  const { ended, record: before } = state
  return state.enqueue(async (operation) => {
    try {
      return await updateStored(operation, state, change, { ended, before })
    } catch (error) {
      if (error !== storedWithResponse) throw error
      assertHasResponse(state.choice, 'update')
      return apply(change, state.data.object)
    }
  })
}

/** `ended` and `before` are of the moment of the call. */
async function updateStored<Result>(
  operation: StoreOperation,
  state: SessionState,
  change: (data: DataObject) => Result,
  { ended, before }: { ended: SessionState['ended']; before: SessionState['record'] },
): Promise<Result> {
  assertMayWrite(state)
  // `end()` was called while this waited in the queue: as if it had been stored and then removed.
  if (state.ended !== ended) return apply(change, decodeOrEmpty(before?.dataLine ?? emptyLine, undefined))
  if (state.signIn === undefined) state.data.changes() // throws, before anything is stored, if the data cannot be encoded
  let result = undefined as Result
  const changed = (data: DataObject): string => {
    result = apply(change, data)
    if (changesUser(state, data)) throw storedWithResponse
    return encodeData(data, operation.policy.maxDataBytes)
  }
  if (state.record === undefined) {
    const dataLine = changed(decodeOrEmpty(emptyLine, undefined))
    await continueWith(state, ended, () => insert(operation, state, dataLine))
    return result
  }
  const revise = ({ head, dataLine }: SessionRecord): RecordContent => {
    return { head, dataLine: changed(decodeOrEmpty(dataLine, head.handle)) }
  }
  // The function may throw because of what it sees, so it must see the stored state.
  await continueWith(state, ended, async () => writtenRecord(await writeInTurn(operation, state, revise, 'current')))
  return result
}

/** `session.save()`: stores the changes of `data` now. */
export function saveNow(state: SessionState): Promise<void> {
  if (state.isDetached || isStoredWithResponse(state) || (state.hasReadData && changesUser(state, state.data.object)))
    return Promise.resolve()
  const { ended } = state
  const changes = state.data.changes()
  const dataLine = state.record === undefined ? state.data.encode() : ''
  return state.enqueue(async (operation) => {
    if (changes === undefined || state.ended !== ended) return
    assertMayWrite(state)
    await continueWith(state, ended, async () =>
      state.record === undefined
        ? insert(operation, state, dataLine)
        : writtenRecord(await writeChanges(operation, state, changes)),
    )
  })
}

/** `session.renew()`: extends the session, as reading it does. */
export async function renewNow(state: SessionState): Promise<void> {
  const { record: known, services } = state
  if (known === undefined) return
  await services.operations.run(async (operation) => {
    assertMayWrite(state)
    const start = await reloadRecord(operation, known)
    if (typeof start === 'string') throw lossError(start)
    if (!needsRenewal(operation.policy, start.head, operation.now())) return
    writtenRecord(await replaceRecord(operation, known, (current) => current, { verb: 'renew', start }))
    emitEvent('renewed', { handle: known.head.handle })
  })
}

/** After a sign-in or an end, the data is stored as a whole with the response, so changing it in memory is enough. */
function isStoredWithResponse(state: SessionState): boolean {
  return state.signIn !== undefined || state.endsSession
}

function assertMayWrite({ tokenStatus }: SessionState): void {
  if (tokenStatus === 'rotated' || tokenStatus === 'replaced-by-sign-in') throw new SessionSupersededError()
}

function insert(operation: StoreOperation, state: SessionState, dataLine: string): Promise<NewSession> {
  assertMaySetCookie(state.choice)
  return insertRecord(operation, dataLine, { remembered: state.remembers })
}

type Written = Pick<NewSession, 'record'> & Partial<NewSession>

function writtenRecord(result: WriteResult): Written {
  if (result.status === 'written') return result
  throw lossError(result.status)
}

/** Continues with what `write` stored. If `end()` was called meanwhile (`state.ended` is another set), marks it for removal instead. */
async function continueWith(
  state: SessionState,
  ended: SessionState['ended'],
  write: () => Promise<Written>,
): Promise<void> {
  const { record, token } = await write()
  if (state.ended !== ended) return void state.ended?.add(record.head.handle)
  state.setStored(record, token)
  // What a sign-in meanwhile dropped from the data must not come back.
  state.data.rebase(record.dataLine, state.signIn?.keep)
}

function apply<Result>(change: (data: DataObject) => Result, data: DataObject): Result {
  const result = callAndHint(change, data)
  if (!isThenable(result)) return result
  Promise.resolve(result).catch(() => {}) // the error below is enough
  throw new InvalidArgumentError(
    'The function given to session.update() must be synchronous: await what it needs first, then change the data in one step.',
  )
}
