import { emitEvent } from '../../events.js'
import type { Operation } from '../../engine/operations.js'
import { SessionEndedError } from '../../errors.js'
import type { Cookie } from '../api/cookie.js'
import { debug } from './debug.js'
import type { Dealings } from './dealings.js'
import { SessionMissingError } from '../api/errors.js'
import { handleOf } from '../repositories/handle.js'
import type { Found, Keeper, Known } from '../repositories/repository.js'
import { cookieLineOf, lineOf, onlyRemoves } from '../repositories/session-line.js'
import { Session } from '../api/session.js'
import type { SessionRequest } from './request.js'
import type { Store } from '../api/store.js'
import { Work } from './work.js'

/** A request that has been given its id and its store. */
export interface VisitedRequest extends SessionRequest {
  session?: Session | null
  sessionStore: Store
}

/** What one request does with its sessions, and what is known of them: the sessions' own methods, kept track of. */
export class Visit implements Dealings {
  readonly request: VisitedRequest
  /** The id that the request brought. */
  readonly incomingId: string | undefined
  readonly work: Work
  readonly #keeper: Keeper
  readonly #makeSession: () => void
  /** What the incoming session was sent with, once it has been destroyed: the browser need not keep it. */
  #endedCookie: Cookie | undefined
  #original: Pick<Known, 'id' | 'line'> | undefined
  #known: Known | undefined
  #cookie: Cookie | undefined
  #wasSaved = false
  #isOpen = false
  readonly #ended = new Set<string>()
  #isLeaving = false

  constructor(request: VisitedRequest, incomingId: string | undefined, keeper: Keeper, makeSession: () => void) {
    this.request = request
    this.incomingId = incomingId
    this.work = new Work(keeper)
    this.#keeper = keeper
    this.#makeSession = makeSession
  }

  /** Gives the request the session of this id, or a new one. */
  async open(id: string): Promise<void> {
    debug('fetching %s', handleOf(id))
    const found = await this.work.inOrder((operation) => this.#keeper.load(operation, id))
    debug(found === undefined ? 'no session found' : 'session found')
    if (found === undefined || !this.#put(found)) this.generate()
  }

  /** Gives the request a new session. */
  generate(): void {
    this.work.assertAllowed()
    this.#makeSession()
    this.#isOpen = true
    this.#known = undefined
    this.#wasSaved = false
    const { session } = this.request
    this.#cookie = session?.cookie
    if (!session) return
    this.#original ??= { id: session.id, line: lineOf(session) }
    this.#ended.delete(session.id) // an application may make the same id again
  }

  /** Gives the request this session; whatever is asked of the store fails with this error. */
  goWithoutStore(session: Session, error: Error): void {
    this.work.refuse(error)
    this.request.session = session
    this.#isOpen = true
  }

  save(session: Session): Promise<void> {
    return this.work.tracked((operation) => this.#save(operation, session))
  }

  reload(session: Session): Promise<void> {
    return this.work.tracked((operation) => this.#reload(operation, session.id))
  }

  destroy(session: Session): Promise<void> {
    return this.work.tracked((operation) => this.#destroy(operation, session.id, session.cookie), 'once more')
  }

  /** Ends the session of the request and, in any case, gives it a new one. */
  regenerate(): Promise<void> {
    return this.work.tracked((operation) => this.#regenerate(operation))
  }

  answerFor(work: Promise<void>): Promise<void> {
    return this.work.answerFor(work)
  }

  /** Ends the session that the application has taken off the request. */
  destroyUnset(): Promise<void> {
    return this.work.inOrder((operation) => this.#destroy(operation, this.request.sessionID as string, this.#cookie))
  }

  /** Lets the session live on; whether it still can. */
  touch(session: Session, surely: boolean): boolean | Promise<boolean> {
    debug('touching')
    if (this.work.hasFoundSilence) return true // as far as is known
    return this.#keeper.touch(session, this.#knownOf(session.id), surely)
  }

  get endedCookie(): Cookie | undefined {
    return this.#endedCookie
  }

  /** What is stored from now on is what the request leaves, and nothing that its handler asks for by itself. */
  leave(): void {
    this.#isLeaving = true
  }

  /** Whether the request was given a session at all: not, where the store failed. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Whether this session was ended: by this request, or found to be by somebody else. */
  isEnded(id: string): boolean {
    return this.#ended.has(id)
  }

  /** Whether this request has to do with a session that is, or was, in the store. */
  get hasStored(): boolean {
    return this.#known !== undefined || this.#ended.size > 0
  }

  /** Whether this request has stored the session that it has now. */
  get wasSaved(): boolean {
    return this.#wasSaved
  }

  isModified(id: string, line: string): boolean {
    return this.#original?.id !== id || this.#original.line !== line
  }

  /** Whether these values are in the store, as far as is known. */
  isStored(id: string, line: string): boolean {
    return this.#knownOf(id)?.line === line
  }

  #knownOf(id: string): Known | undefined {
    return this.#known?.id === id ? this.#known : undefined
  }

  /** Makes what was found the session of the request. What cannot be read counts as absent. */
  #put({ id, data, ...known }: Found): boolean {
    const { request } = this
    try {
      request.sessionStore.createSession(request, data)
      const session = request.session as Session
      if (!(session instanceof Session)) borrowMethods(session)
      const line = lineOf(session)
      this.#known = { ...known, id, line, cookieLine: cookieLineOf(session.cookie) }
      // What others have stored is no change of this request; what it has stored itself before it read again is one.
      if (!this.#wasSaved && (this.#original?.id ?? id) === id) this.#original = { id, line }
      this.#cookie = session.cookie
      this.#isOpen = true
      return true
    } catch {
      delete request.session
      emitEvent('record-unreadable', { handle: handleOf(id), reason: 'corrupt' })
      return false
    }
  }

  async #reload(operation: Operation, id: string): Promise<void> {
    debug('reloading %s', handleOf(id))
    const found = await this.#keeper.load(operation, id)
    if (found === undefined || !this.#put(found)) throw new SessionMissingError()
  }

  async #save(operation: Operation, session: Session): Promise<void> {
    const { id, cookie } = session
    debug('saving %s', handleOf(id))
    // Its time ran out while the handler worked: that ends no session that is being stored.
    if (isOver(cookie)) session.touch()
    const known = this.#knownOf(id)
    const stored = this.#ended.has(id) ? undefined : await this.#keeper.save(operation, session, known)
    if (stored === undefined || this.#ended.has(id)) {
      this.#ended.add(id)
      // A second sign-out at the same time takes values away that are gone already: nothing is lost.
      if (known !== undefined && onlyRemoves(known.line, lineOf(session))) {
        // What only the end of a request does must not clear the cookie of a sign-in meanwhile.
        if (id === this.incomingId && !this.#isLeaving) this.#endedCookie = cookie
        return
      }
      emitEvent('changes-dropped', { handle: handleOf(id), reason: 'ended' })
      throw new SessionEndedError()
    }
    if (known === undefined) emitEvent('created', { handle: handleOf(id) })
    if (id !== this.request.sessionID) return
    this.#known = { ...stored, cookieLine: cookieLineOf(cookie) }
    this.#wasSaved = true
  }

  async #destroy(operation: Operation, id: string, cookie: Cookie | undefined): Promise<void> {
    debug('destroying %s', handleOf(id))
    this.#ended.add(id)
    try {
      await this.#keeper.destroy(operation, id)
    } catch (error) {
      this.#ended.delete(id)
      throw error
    }
    debug('destroyed')
    emitEvent('ended', { handle: handleOf(id) })
    if (id === this.incomingId) this.#endedCookie = cookie
  }

  async #regenerate(operation: Operation): Promise<void> {
    const { sessionID } = this.request
    try {
      if (typeof sessionID === 'string') await this.#destroy(operation, sessionID, this.#cookie)
    } finally {
      this.generate()
    }
  }
}

function isOver({ maxAge, originalMaxAge }: Cookie): boolean {
  return typeof maxAge === 'number' && maxAge <= 0 && originalMaxAge !== null && originalMaxAge > 0
}

/** For a session that a store has made of a class of its own: what it does must be kept track of too. */
function borrowMethods(session: object): void {
  for (const name of ['save', 'reload', 'destroy', 'regenerate'] as const) {
    Object.defineProperty(session, name, { value: Session.prototype[name], configurable: true, writable: true })
  }
}
