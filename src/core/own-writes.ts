import { InsecureRequestError, InvalidArgumentError, SessionEndedError } from '../errors.js'
import { checkSize, decodeData, encodeData, type DataObject } from './data.js'
import type { StoreCalls } from './guarded-store.js'
import type { Known } from './recognise.js'
import type { SessionState } from './state.js'
import { storeChanges, writeInTurn } from './store-changes.js'
import { insertRecord, type Revision } from './write.js'

type Change = (data: DataObject) => unknown

/** `session.update()`: read, change and write, exact, now. */
export function updateNow(state: SessionState, change: Change): Promise<unknown> {
  return state.inOrder(async () => {
    // What a sign-in or an end leaves behind is stored as a whole and never merged, so changing it here is exact too.
    if (state.signIn !== undefined || state.ended !== undefined) return apply(change, state.data.object)
    if (state.standing === 'superseded') throw new SessionEndedError()
    return state.core.store.operate((calls) =>
      state.known === undefined ? insertChanged(calls, state, change) : updateStored(calls, state, change),
    )
  })
}

/** `session.save()`: store the changes of data now. */
export function saveNow(state: SessionState): Promise<void> {
  return state.inOrder(async () => {
    if (state.signIn !== undefined || state.ended !== undefined) return
    const changes = state.data.changes()
    if (changes === undefined) return
    if (state.standing === 'superseded') throw new SessionEndedError()
    await state.core.store.operate(async (calls) => {
      if (state.known === undefined) return insertLine(calls, state, state.data.encode())
      if (!(await storeChanges(calls, state, changes))) throw new SessionEndedError()
      return state.rebase()
    })
  })
}

async function insertChanged(calls: StoreCalls, state: SessionState, change: Change): Promise<unknown> {
  const data = Object.create(null) as DataObject
  const answer = apply(change, data)
  await insertLine(calls, state, checkSize(encodeData(data), state.core.policy.maxDataBytes))
  return answer
}

async function insertLine(calls: StoreCalls, state: SessionState, line: string): Promise<void> {
  if (!state.choice.maySet) throw new InsecureRequestError()
  const { known, token } = await insertRecord(calls, state.core.policy, line, { remembered: false })
  state.adopt(known, token)
  state.rebase()
}

async function updateStored(calls: StoreCalls, state: SessionState, change: Change): Promise<unknown> {
  let answer: unknown
  const write = (current: Known): Revision => {
    const data = decodeData(current.dataLine) ?? (Object.create(null) as DataObject)
    answer = apply(change, data)
    return { head: current.head, dataLine: checkSize(encodeData(data), state.core.policy.maxDataBytes) }
  }
  // Read first: a change function that decides by what it sees, or throws, must see what is there now.
  if (!(await writeInTurn(calls, state, write, true))) throw new SessionEndedError()
  state.rebase()
  return answer
}

function apply(change: Change, data: DataObject): unknown {
  const answer = change(data)
  if (typeof answer === 'object' && answer !== null && 'then' in answer) {
    throw new InvalidArgumentError(
      'The function given to session.update() must be synchronous: do the waiting before, and change the data in one go.',
    )
  }
  return answer
}
