import { emitEvent } from '../../events.js'
import { Session } from '../api/session.js'
import { Store } from '../api/store.js'
import type { Loaded } from '../repositories/repository.js'
import { contentsOf, contentsOfJson, type Contents } from '../repositories/session-contents.js'
import { handleOf } from '../repositories/session-id.js'
import type { RequestWithSession } from './request.js'

const { createSession } = Store.prototype

/** Makes loaded data the session of the request. `undefined` if it cannot be read, which counts as absent. */
export function useLoaded(request: RequestWithSession, id: string, { data, json }: Loaded): Contents | undefined {
  try {
    request.sessionStore.createSession(request, data)
    const session = request.session as Session
    if (!(session instanceof Session)) borrowMethods(session)
    // A store's own method may make another session of the data.
    const isAsParsed = json !== undefined && request.sessionStore.createSession === createSession
    return isAsParsed ? contentsOfJson(json) : contentsOf(session)
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
