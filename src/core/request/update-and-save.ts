import { InsecureRequestError, InvalidArgumentError, SessionEndedError, SessionSupersededError } from '../../errors.js'
import { decodeData, emptyLine, type DataObject } from '../record/data.js'
import { changeAndHint } from './development-hints.js'
import { encodeData } from '../record/encode-data.js'
import { emitEvent } from '../../events.js'
import type { StoreOperation } from '../store-operations.js'
import { needsRenewal } from '../policy.js'
import type { Known } from '../cookie/verify-token.js'
import type { SessionState } from './state.js'
import { storeChanges, writeInTurn } from './store-changes.js'
import { insertRecord, replaceRecord, rereadRecord, type Inserted, type Revision, type WriteResult } from './write.js'

type Change = (data: DataObject) => unknown

/** `session.update()`: read, change and write, exact, now. */
export function updateNow(state: SessionState, change: Change): Promise<unknown> {
  if (worksInMemory(state)) return state.float(attempt(() => apply(change, state.data.object)))
  const { ends, known: before } = state
  return state.enqueue(async (operation) => {
    if (mayNotWrite(state)) throw new SessionSupersededError()
    // Ended before its turn came: as if it had been stored and then removed.
    if (state.ends !== ends) return apply(change, decodeData(before?.dataLine ?? emptyLine) ?? blank())
    if (state.signIn === undefined) state.data.changes() // what cannot be encoded must fail before anything is stored
    if (state.known !== undefined) return updateStored(operation, state, state.known, change, ends)
    const data = blank()
    const answer = apply(change, data)
    await insertLine(operation, state, encodeData(data, state.core.policy.maxDataBytes), ends)
    return answer
  })
}

/** `session.save()`: store the changes of data now. */
export function saveNow(state: SessionState): Promise<void> {
  if (worksInMemory(state)) return Promise.resolve()
  const { ends } = state
  const changes = state.data.changes()
  const line = state.known === undefined ? state.data.encode() : '' // for a session that is not stored yet
  return state.enqueue(async (operation) => {
    if (changes === undefined || state.ends !== ends) return
    if (mayNotWrite(state)) throw new SessionSupersededError()
    if (state.known === undefined) await insertLine(operation, state, line, ends)
    else await settle(state, ends, async () => knownOf(await storeChanges(operation, state, changes)))
  })
}

/** `session.renew()`: lives on as if it was read just now. */
export async function renewNow(state: SessionState): Promise<void> {
  const { known, core } = state
  if (known === undefined) return
  const { policy, operations } = core
  await operations.run(async (operation) => {
    if (mayNotWrite(state)) throw new SessionSupersededError()
    const current = await rereadRecord(operation, policy, known)
    if (typeof current === 'string') throw lostError(current)
    if (!needsRenewal(policy, current.head, operation.now())) return
    const result = await replaceRecord(operation, policy, known, (found) => found, { renews: true, start: current })
    if (result.status !== 'written') throw lostError(result.status)
    emitEvent('renewed', { handle: known.head.handle })
  })
}

/** What a sign-in or an end leaves behind is stored with the response as a whole and never merged, so changing it there is exact too. */
function worksInMemory({ signIn, ended }: SessionState): boolean {
  return signIn !== undefined || ended !== undefined
}

async function attempt<Value>(work: () => Value): Promise<Value> {
  return work()
}

const blank = (): DataObject => Object.create(null) as DataObject

async function insertLine(operation: StoreOperation, state: SessionState, line: string, ends: number): Promise<void> {
  if (!state.choice.maySet) throw new InsecureRequestError()
  await settle(state, ends, () => insertRecord(operation, state.core.policy, line, { remembered: state.remembers }))
}

async function updateStored(
  operation: StoreOperation,
  state: SessionState,
  { head: { handle } }: Known,
  change: Change,
  ends: number,
): Promise<unknown> {
  let answer: unknown
  const write = (current: Known): Revision => {
    const data = decodeData(current.dataLine)
    if (data === undefined) emitEvent('record-unreadable', { handle, reason: 'corrupt' })
    const changed = data ?? blank()
    answer = apply(change, changed)
    return { head: current.head, dataLine: encodeData(changed, state.core.policy.maxDataBytes) }
  }
  // Read first: a change function that decides by what it sees, or throws, must see what is there now.
  await settle(state, ends, async () => knownOf(await writeInTurn(operation, state, write, true)))
  return answer
}

function knownOf(result: WriteResult): Pick<Inserted, 'known'> {
  if (result.status === 'written') return { known: result.known }
  throw lostError(result.status)
}

function lostError(status: Exclude<WriteResult['status'], 'written'>): Error {
  return status === 'ended' ? new SessionEndedError() : new SessionSupersededError()
}

const mayNotWrite = ({ standing }: SessionState): boolean => standing === 'superseded' || standing === 'replaced'

type Written = Partial<Inserted> & Pick<Inserted, 'known'>

/**
 * Writes, and makes what was written the session's; unless the handler has called `end()` since it asked for it, and so more often
 * than `ends` says: then it is to be removed.
 */
async function settle(state: SessionState, ends: number, write: () => Promise<Written>): Promise<void> {
  const written = await write()
  if (state.ends !== ends) {
    const { handle } = written.known.head
    state.ended = [...(state.ended ?? []).filter(({ head }) => head.handle !== handle), written.known]
    return
  }
  state.adopt(written.known, written.token)
  // What a sign-in meanwhile dropped from the data must not come back into it.
  state.data.rebase(written.known.dataLine, state.signIn?.keep)
}

function apply(change: Change, data: DataObject): unknown {
  const answer = changeAndHint(change, data)
  if (typeof answer === 'object' && answer !== null && 'then' in answer) {
    Promise.resolve(answer).catch(() => {}) // this error says enough
    throw new InvalidArgumentError(
      'The function given to session.update() must be synchronous: do the waiting before, and change the data in one go.',
    )
  }
  return answer
}
