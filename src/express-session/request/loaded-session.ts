import { emitEvent } from '../../events.js'
import { Session } from '../api/session.js'
import { Store } from '../api/store.js'
import type { Loaded } from '../repositories/repository.js'
import { contentsOf, contentsOfJson, type Contents } from '../repositories/session-contents.js'
import { handleOf } from '../repositories/session-id.js'
import type { RequestWithSession } from './request.js'

const { createSession } = Store.prototype

interface LoadedSession {
  readonly session: Session
  /** What it contains at first. */
  readonly contents: Contents
}

/** Makes loaded data the session of the request. `undefined` if it cannot be read, which counts as absent. */
export function useLoaded(request: RequestWithSession, id: string, { data, json }: Loaded): LoadedSession | undefined {
  try {
    const { sessionStore } = request
    const made: unknown = sessionStore.createSession(request, data)
    // A store's own method may make another session of the data.
    const isOurs = sessionStore.createSession === createSession
    const session = (isOurs ? made : request.session) as Session
    if (isOurs && json !== undefined) return { session, contents: contentsOfJson(json) }
    if (!(session instanceof Session)) borrowMethods(session)
    return { session, contents: contentsOf(session) }
  } catch {
    delete request.session
    emitEvent('record-unreadable', { handle: handleOf(id), reason: 'corrupt' })
    return undefined
  }
}

/** For a session of a store's own class: its methods must use our operations, too. */
function borrowMethods(session: object): void {
  for (const name of ['save', 'reload', 'destroy', 'regenerate'] as const) {
    Object.defineProperty(session, name, { value: Session.prototype[name], configurable: true, writable: true })
  }
}
