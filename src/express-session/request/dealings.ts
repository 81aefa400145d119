import { callWithCallback } from '../../callback-store/call-with-callback.js'
import { SessionMissingError } from '../api/errors.js'
import type { Session } from '../api/session.js'
import type { Store, StoredSession } from '../api/store.js'

/** What the methods of a session do. */
export interface Dealings {
  save(session: Session): Promise<void>
  reload(session: Session): Promise<void>
  destroy(session: Session): Promise<void>
  regenerate(): Promise<void>
  /** Gives a promise of it for the application. If it fails and nobody waits for that promise, so does the response. */
  answerFor(work: Promise<void>): Promise<void>
}

const attended = new WeakMap<object, Dealings>()

/** Lets sessions of this request be dealt with by the middleware that it went through. */
export function attend(request: object, dealings: Dealings): void {
  attended.set(request, dealings)
}

/** For a session on a request that no middleware of ours has seen, the store alone is asked. */
export function dealingsOf(request: Unattended): Dealings {
  return attended.get(request) ?? new DirectDealings(request)
}

/** A request that has a session of this id. */
export interface Unattended {
  session?: unknown
  readonly sessionID: string
  readonly sessionStore: Store
}

class DirectDealings implements Dealings {
  readonly #request: Unattended

  constructor(request: Unattended) {
    this.#request = request
  }

  async save(session: Session): Promise<void> {
    await callWithCallback(this.#request.sessionStore, 'set', session.id, session)
  }

  async reload(session: Session): Promise<void> {
    const { sessionStore } = this.#request
    const data = await callWithCallback<StoredSession>(sessionStore, 'get', session.id)
    if (data === undefined) throw new SessionMissingError()
    sessionStore.createSession(this.#request, data)
  }

  async destroy(session: Session): Promise<void> {
    await callWithCallback(this.#request.sessionStore, 'destroy', session.id)
  }

  async regenerate(): Promise<void> {
    const { sessionID, sessionStore } = this.#request
    try {
      await callWithCallback(sessionStore, 'destroy', sessionID)
    } finally {
      sessionStore.generate(this.#request as never)
    }
  }

  /** No response is known that could fail. */
  answerFor(work: Promise<void>): Promise<void> {
    work.catch(() => {})
    return work
  }
}
