import { setImmediate } from '../../engine/timers.js'
import { InvalidArgumentError } from '../../errors.js'
import { idText } from '../repositories/session-id.js'
import { memoryIndexOf } from '../users/memory-index.js'
import { sessionIndex, type SessionIndex } from '../users/session-index.js'
import { callableWithoutNew } from './callable-class.js'
import type { Answer, AnySession, Done } from './loose-types.js'
import { Store, type StoredSession } from './store.js'

class MemoryStoreBase extends Store {
  /** What is stored, as JSON, by id. */
  declare sessions: Record<string, string>

  constructor() {
    super()
    this.sessions = emptyRecord()
  }

  override get(id: string, callback: Answer<AnySession>): void {
    setImmediate(callback, null, read(this, id))
  }

  override set(id: string, session: AnySession, callback?: Done): void {
    const key = idText(id)
    if (key === undefined) {
      const error = new InvalidArgumentError('The session cannot be stored: its id cannot be converted to a string.')
      if (callback) return void setImmediate(callback, error)
      throw error
    }
    this.sessions[key] = JSON.stringify(session)
    if (callback) setImmediate(callback)
  }

  override destroy(id: string, callback?: Done): void {
    const key = idText(id)
    if (key !== undefined) delete this.sessions[key]
    if (callback) setImmediate(callback)
  }

  /** Stores the cookie, and nothing else. */
  override touch(id: string, session: AnySession, callback?: Done): void {
    const stored = read(this, id)
    const { cookie } = session as StoredSession
    if (stored !== undefined) this.sessions[idText(id) as string] = JSON.stringify({ ...stored, cookie })
    if (callback) setImmediate(callback)
  }

  /** All sessions that have not expired, by id. */
  override all(callback?: Answer<AnySession>): void {
    const sessions = emptyRecord<StoredSession>()
    for (const id of Object.keys(this.sessions)) {
      const session = read(this, id)
      if (session !== undefined) sessions[id] = session
    }
    if (callback) setImmediate(callback, null, sessions)
  }

  override length(callback: Answer<AnySession>): void {
    this.all((error: unknown, sessions: object) => callback(error, Object.keys(sessions).length))
  }

  override clear(callback?: Done): void {
    this.sessions = emptyRecord()
    memoryIndexOf(this).clear()
    if (callback) setImmediate(callback)
  }

  /** @internal */
  [sessionIndex](): SessionIndex {
    return memoryIndexOf(this)
  }
}

function read({ sessions }: MemoryStoreBase, id: string): StoredSession | undefined {
  const key = idText(id)
  const json = key === undefined ? undefined : sessions[key]
  if (key === undefined || json === undefined) return undefined
  const session = JSON.parse(json) as StoredSession
  const expires = session.cookie?.expires
  if (!expires || new Date(expires) > new Date()) return session
  delete sessions[key]
  return undefined
}

function emptyRecord<Value>(): Record<string, Value> {
  return Object.create(null) as Record<string, Value>
}

/** Keeps sessions in the memory of this process, without a limit. For development and tests. */
export const MemoryStore = callableWithoutNew(MemoryStoreBase, (self) => {
  Reflect.apply(Store, self, [])
  ;(self as MemoryStoreBase).sessions = emptyRecord()
})
export type MemoryStore = MemoryStoreBase
