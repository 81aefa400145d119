import type { Operation, Operations } from '../../engine/operations.js'
import { nextTick } from '../../engine/timers.js'
import { SessionEndedError } from '../../errors.js'
import { emitEvent } from '../../events.js'
import type { Cookie, CookieOptions } from '../api/cookie.js'
import { SessionMissingError } from '../api/errors.js'
import type { Session } from '../api/session.js'
import type { Loaded, Repository, Snapshot } from '../repositories/repository.js'
import { handleOf } from '../repositories/session-id.js'
import { valuesOf } from '../repositories/session-contents.js'
import { onlyRemoves, valuesJson } from '../repositories/session-values.js'
import { debug, debugSession } from './debug-log.js'
import { LazyQueue } from './lazy-queue.js'
import { useLoaded } from './loaded-session.js'
import type { RequestWithSession } from './request.js'
import type { RequestProperties, SessionOperations } from './session-operations.js'
import { SessionState } from './session-state.js'

/** Gives a request a new session. */
export type MakeSession = (request: RequestWithSession, cookieOptions: CookieOptions) => Session

/** The operations behind the methods of one request's session, and their state. */
export class RequestSession implements SessionOperations, RequestProperties {
  readonly request: RequestWithSession
  readonly state: SessionState
  readonly operations: Operations
  readonly queue: LazyQueue
  sessionID: unknown
  sessionStore: unknown
  readonly repository: Repository
  readonly #make: MakeSession
  readonly #cookieOptions: CookieOptions

  constructor(
    request: RequestWithSession,
    incomingId: string | undefined,
    repository: Repository,
    make: MakeSession,
    cookieOptions: CookieOptions,
  ) {
    this.request = request
    this.state = new SessionState(incomingId)
    this.operations = repository.operations
    this.queue = new LazyQueue(repository.operations)
    this.repository = repository
    this.#make = make
    this.#cookieOptions = cookieOptions
  }

  /** What the request has as `sessionID`, also if an application of another copy of Express has taken it over. */
  get id(): unknown {
    return this.request.sessionID ?? this.sessionID
  }

  /** Gives the request the session of this id, or a new one. */
  open(id: string): Promise<void> {
    debugSession('fetching %s', id)
    const loading = this.queue.run((operation) => this.repository.load(operation, id))
    return loading.then((loaded) => {
      debug(loaded === undefined ? 'no session found' : 'session found')
      if (loaded === undefined || !this.#use(id, loaded)) this.generate()
    })
  }

  /** Gives the request a new session. */
  generate(): void {
    this.queue.assertOpen()
    const session = this.#make(this.request, this.#cookieOptions)
    this.state.becomeNew(session.id, session.cookie, valuesOf(session))
  }

  /** Gives the request a session without the store. All operations reject with this error. */
  goWithoutStore(session: Session, error: Error): void {
    this.queue.made().close(error)
    this.request.session = session
    this.state.becomeUnavailable()
  }

  save(session: Session): Promise<void> {
    return this.#add((operation) => this.#save(operation, session))
  }

  /** The same for the commit, which handles the error, without the promises that a handler gets. */
  async saveAtEnd(session: Session): Promise<void> {
    await this.queue.run(async (operation) => {
      await Promise.resolve() // includes what the handler changes right after it has ended the response
      return this.#save(operation, session)
    })
    // An operation that the handler called meanwhile begins first, because it may end the session.
    if (!this.queue.isSettled) await new Promise<void>((resolve) => nextTick(resolve))
  }

  reload({ id }: Session): Promise<void> {
    return this.#add(async (operation) => {
      debugSession('reloading %s', id)
      const loaded = await this.repository.load(operation, id)
      if (loaded === undefined || !this.#use(id, loaded)) throw new SessionMissingError()
    })
  }

  destroy(session: Session): Promise<void> {
    return this.#add((operation) => this.#destroy(operation, session.id, session.cookie), 'once more')
  }

  /** Ends the session of the request and, in any case, gives it a new one. */
  regenerate(): Promise<void> {
    return this.#add(async (operation) => {
      const { id } = this
      try {
        if (typeof id === 'string') await this.#destroy(operation, id, this.state.cookie)
      } finally {
        this.generate()
      }
    })
  }

  /** Ends the session that the application removed from the request. */
  destroyUnset(): Promise<void> {
    return this.queue.run((operation) => this.#destroy(operation, this.id as string, this.state.cookie))
  }

  /** Extends the session in the store. `undefined` if there is nothing to wait for. */
  touch(session: Session, when: 'always' | 'if due'): Promise<void> | undefined {
    debug('touching')
    if (this.queue.silence !== undefined) return undefined // a request waits for a silent store only once
    const touched = this.repository.touch(session, this.state.snapshotOf(session.id), when)
    return touched?.then((result) => {
      if (result === 'gone') this.state.addEnded(session.id)
    })
  }

  float(promise: Promise<void>): Promise<void> {
    return this.queue.made().float(promise)
  }

  /** Resolves when all operations are done. Rejects with an error that nobody else handles, except `SessionEndedError`. */
  async settled(): Promise<void> {
    await this.queue.settled().catch((error: unknown) => {
      if (!(error instanceof SessionEndedError)) throw error
    })
  }

  /** Queues an operation. The response waits for it; its error goes to the caller. */
  #add(work: (operation: Operation) => Promise<void>, afterSilence?: 'once more'): Promise<void> {
    const queue = this.queue.made()
    const running = queue.add(work, afterSilence)
    queue.track(running)
    return running
  }

  /** Makes the loaded data the session of the request. `false` if it cannot be read, which counts as absent. */
  #use(id: string, loaded: Loaded): boolean {
    const used = useLoaded(this.request, id, loaded)
    if (used === undefined) return false
    this.state.becomeLoaded(id, used.session.cookie, loaded.revision, used.contents)
    return true
  }

  async #save(operation: Operation, session: Session): Promise<void> {
    const { id, cookie } = session
    debugSession('saving %s', id)
    // A session that expired while its handler ran is still stored.
    if (hasExpired(cookie)) session.touch()
    const { state } = this
    const snapshot = state.snapshotOf(id)
    const stored = state.hasEnded(id) ? undefined : await this.repository.save(operation, session, snapshot)
    if (stored === undefined || state.hasEnded(id)) return this.#dropChanges(session, snapshot)
    if (snapshot === undefined) emitEvent('created', { handle: handleOf(id) })
    if (id === this.id) state.becomeSaved(cookie, stored)
  }

  #dropChanges(session: Session, snapshot: Snapshot | undefined): void {
    const { id, cookie } = session
    this.state.addEnded(id)
    // Nothing is lost if a second sign-out at the same time removes values that are gone already.
    if (snapshot !== undefined && onlyRemoves(snapshot.contents.values, valuesJson(session))) {
      return this.state.clearCookie(id, cookie)
    }
    emitEvent('changes-dropped', { handle: handleOf(id), reason: 'ended' })
    throw new SessionEndedError()
  }

  async #destroy(operation: Operation, id: string, cookie: Cookie | undefined): Promise<void> {
    debugSession('destroying %s', id)
    this.state.addEnded(id)
    try {
      await this.repository.destroy(operation, id)
    } catch (error) {
      this.state.removeEnded(id)
      throw error
    }
    debug('destroyed')
    emitEvent('ended', { handle: handleOf(id), reason: 'signed-out' })
    this.state.clearCookie(id, cookie)
  }
}

function hasExpired({ maxAge, originalMaxAge }: Cookie): boolean {
  return typeof maxAge === 'number' && maxAge <= 0 && originalMaxAge !== null && originalMaxAge > 0
}
