import { InvalidArgumentError } from '../../errors.js'
import type { Answer, AnySession, Done } from './foreign-types.js'
import { callableWithoutNew } from './callable.js'
import { textOf } from '../repositories/handle.js'
import type { Session } from './session.js'
import { Store, type StoredSession } from './store.js'
import { setImmediate } from '../../engine/timers.js'

class MemoryStoreBase extends Store {
  /** What is stored, as JSON, by id. */
  declare sessions: Record<string, string>

  constructor() {
    super()
    this.sessions = Object.create(null) as Record<string, string>
  }

  override get(id: string, callback: Answer<AnySession>): void {
    setImmediate(callback, null, read(this, id))
  }

  override set(id: string, session: AnySession, callback?: Done): void {
    const key = textOf(id)
    if (key === undefined) {
      const error = new InvalidArgumentError('A session cannot be stored: its id has no text.')
      if (callback) return void setImmediate(callback, error)
      throw error
    }
    this.sessions[key] = JSON.stringify(session)
    if (callback) setImmediate(callback)
  }

  override destroy(id: string, callback?: Done): void {
    const key = textOf(id)
    if (key !== undefined) delete this.sessions[key]
    if (callback) setImmediate(callback)
  }

  /** Stores the cookie, and nothing else. */
  override touch(id: string, session: AnySession, callback?: Done): void {
    const stored = read(this, id)
    const { cookie } = session as Session
    if (stored !== undefined) this.sessions[textOf(id) as string] = JSON.stringify({ ...stored, cookie })
    if (callback) setImmediate(callback)
  }

  /** All that have not expired, by id. */
  override all(callback?: Answer<AnySession>): void {
    const sessions = Object.create(null) as Record<string, StoredSession>
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
    this.sessions = Object.create(null) as Record<string, string>
    if (callback) setImmediate(callback)
  }
}

function read(store: MemoryStoreBase, id: string): StoredSession | undefined {
  const key = textOf(id)
  const text = key === undefined ? undefined : store.sessions[key]
  if (key === undefined || text === undefined) return undefined
  const session = JSON.parse(text) as StoredSession
  const expires = session.cookie?.expires
  if (!expires || new Date(expires) > new Date()) return session
  delete store.sessions[key]
  return undefined
}

/** Keeps sessions in the memory of this process, without bounds: for trying out and for tests. */
export const MemoryStore = callableWithoutNew(MemoryStoreBase, (self) => {
  Reflect.apply(Store, self, [])
  ;(self as MemoryStoreBase).sessions = Object.create(null) as Record<string, string>
})
export type MemoryStore = MemoryStoreBase
