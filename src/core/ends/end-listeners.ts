import { nextTick } from '../../engine/timers.js'
import type { Handle } from '../../store.js'
import type { RecordHead } from '../record/record.js'
import { secretTag, type EndedSession, type SessionEnd } from './session-end.js'

/** Whom somebody listens to: a session, or all sessions of a user. */
export type EndTarget = { readonly handle: Handle } | { readonly userId: string }

interface Listener {
  readonly call: (end: EndedSession) => void
  /** Whether it is to be told of rotations. */
  readonly rotations: boolean
}

/** A session that somebody listens to, by its handle or by its user. */
interface WatchedSession {
  readonly listeners: Set<Listener>
  /** As last seen. */
  userId: string | undefined
  /** By `secretTag`; `undefined` while nobody has looked. */
  secret: string | undefined
}

interface WatchedUser {
  readonly listeners: Set<Listener>
  /** The user's sessions, as far as they are known. */
  readonly handles: Set<Handle>
}

/** Who listens to which sessions, and what is known about these. Each end is told once; then nothing is left of the session. */
export class EndListeners {
  readonly #sessions = new Map<Handle, WatchedSession>()
  readonly #users = new Map<string, WatchedUser>()
  /** What was told during a look: a record that was read before says nothing about these. */
  #toldMeanwhile: Set<Handle> | undefined

  get isEmpty(): boolean {
    return this.#sessions.size === 0 && this.#users.size === 0
  }

  get handles(): readonly Handle[] {
    return [...this.#sessions.keys()]
  }

  get userIds(): readonly string[] {
    return [...this.#users.keys()]
  }

  /** Adds a listener, and returns what removes it. */
  add(target: EndTarget, call: Listener['call'], rotations: boolean): () => void {
    const listener: Listener = { call, rotations }
    if ('handle' in target) {
      const { handle } = target
      const session = this.#session(handle)
      session.listeners.add(listener)
      return () => {
        session.listeners.delete(listener)
        this.#forgetUnwatched(handle, session)
      }
    }
    const { userId } = target
    const user = this.#users.get(userId) ?? { listeners: new Set(), handles: new Set() }
    this.#users.set(userId, user)
    user.listeners.add(listener)
    return () => {
      user.listeners.delete(listener)
      if (user.listeners.size > 0 || this.#users.get(userId) !== user) return
      this.#users.delete(userId)
      for (const handle of user.handles) this.#forgetUnwatched(handle, this.#sessions.get(handle))
    }
  }

  /** Calls everybody whom an end or a rotation concerns. */
  tell(end: SessionEnd): void {
    const { handle, reason, secret } = end
    const session = this.#sessions.get(handle)
    const userId = end.userId ?? session?.userId
    const user = userId === undefined ? undefined : this.#users.get(userId)
    if (session === undefined && user === undefined) return
    const isRotation = reason === 'rotated'
    // A look may have been faster than the announcement.
    if (isRotation && session !== undefined && session.secret === secret) return
    if (isRotation && session !== undefined) session.secret = secret
    this.#toldMeanwhile?.add(handle)
    if (!isRotation) {
      this.#sessions.delete(handle)
      user?.handles.delete(handle)
    }
    for (const { call, rotations } of [...(session?.listeners ?? []), ...(user?.listeners ?? [])])
      if (rotations || !isRotation) callSafely(call, { handle, userId, reason })
  }

  /** Call it before records are read for `saw`. */
  beginLook(): void {
    this.#toldMeanwhile = new Set()
  }

  endLook(): void {
    this.#toldMeanwhile = undefined
  }

  /** Takes note of a session as it is stored; `undefined` if it is not there any more. Tells what has happened to it. */
  saw(handle: Handle, head: RecordHead | undefined): void {
    if (this.#toldMeanwhile?.has(handle)) return
    const known = this.#sessions.get(handle)
    if (head === undefined) {
      if (known !== undefined) this.tell({ handle, userId: known.userId, reason: 'gone' })
      return
    }
    const { userId } = head
    const user = userId === undefined ? undefined : this.#users.get(userId)
    if (known === undefined && user === undefined) return
    const session = known ?? this.#session(handle)
    session.userId = userId
    user?.handles.add(handle)
    const secret = secretTag(head)
    if (session.secret === undefined) session.secret = secret
    else if (session.secret !== secret) this.tell({ handle, userId, reason: 'rotated', secret })
  }

  clear(): void {
    this.#sessions.clear()
    this.#users.clear()
  }

  #session(handle: Handle): WatchedSession {
    const known = this.#sessions.get(handle)
    if (known !== undefined) return known
    const session: WatchedSession = { listeners: new Set(), userId: undefined, secret: undefined }
    this.#sessions.set(handle, session)
    return session
  }

  #forgetUnwatched(handle: Handle, session: WatchedSession | undefined): void {
    if (session === undefined || session.listeners.size > 0 || this.#sessions.get(handle) !== session) return
    const user = session.userId === undefined ? undefined : this.#users.get(session.userId)
    if (user?.handles.has(handle) !== true) this.#sessions.delete(handle)
  }
}

/** A listener that throws must not keep the others from being called, nor fail the request that ended the session. */
function callSafely(call: Listener['call'], end: EndedSession): void {
  try {
    call(end)
  } catch (error) {
    nextTick(() => {
      throw error
    })
  }
}
