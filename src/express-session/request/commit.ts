import { InvalidArgumentError, SessionEndedError } from '../../errors.js'
import { isThenable } from '../../engine/thenable.js'
import type { Cookie } from '../api/cookie.js'
import type { ResolvedOptions } from '../api/options.js'
import type { Session } from '../api/session.js'
import { valuesJson } from '../repositories/session-values.js'
import { debug } from './debug-log.js'
import { planCommit, type Situation, type CommitPlan } from './commit-plan.js'
import type { RequestSession } from './request-session.js'
import { saveAtEnd } from './save-at-end.js'
import { changeCookie, type CookieChange } from './set-cookie.js'

/** Gets errors that do not change the response. */
interface LateErrors {
  onLateError(error: unknown): void
}

/** Stores the session of one request, or ends it, before the first byte of the response, and later changes before the last. */
export class Commit {
  readonly #session: RequestSession
  readonly #options: ResolvedOptions
  readonly #secret: string
  readonly #lateErrors: LateErrors
  /**
   * Whether the session was extended, in the object only (`touched`) or in the store as well (`renewed`). `left alone`: the response
   * reports a failure of the store, which is not called again.
   */
  #progress: 'none' | 'touched' | 'renewed' | 'left alone' = 'none'

  constructor(session: RequestSession, options: ResolvedOptions, secret: string, lateErrors: LateErrors) {
    this.#session = session
    this.#options = options
    this.#secret = secret
    this.#lateErrors = lateErrors
  }

  /** Before the first byte is sent; with `isWhole`, the last byte is sent with it. */
  beforeHead(isWhole: boolean, status: number): CookieChange | Promise<CookieChange> {
    const { state, queue } = this.#session
    if (state.status === 'none') debug('no session')
    if (state.status === 'none' || (queue.failure !== undefined && status >= 500)) return this.#leaveAlone()
    const change = queue.isSettled ? this.#store(isWhole) : this.#storeWhenSettled(isWhole)
    // A server error is sent unchanged, even if nothing can be stored.
    return status >= 500 && isThenable(change) ? change.catch(() => this.#leaveAlone()) : change
  }

  /** For a head that cannot wait for the store. */
  atOnce(): CookieChange {
    const session = this.#touchedSession()
    const sentCookie = planCommit(this.#situationOf(session), this.#options).sendCookie ? session?.cookie : undefined
    return sentCookie === undefined
      ? this.#change('clear', this.#session.state.cookieToClear)
      : this.#change('set', sentCookie)
  }

  /**
   * Before the last byte is sent, if the first was sent earlier. Rejects if the response, which cannot be changed any more, would be
   * wrong: later changes cannot be stored, or the last operation that was running when the handler ended the response failed.
   */
  async beforeEnd(): Promise<void> {
    debug('split response')
    if (this.#progress === 'left alone') return
    const { queue } = this.#session
    const wasSettled = queue.isSettled
    const errors: unknown[] = []
    await this.#session.operations.run(async (operation) => {
      await operation.within(this.#session.settled()).catch((error: unknown) => errors.push(error))
      await this.#storeLateChanges()
    })
    const { failure } = queue
    if (!wasSettled && failure !== undefined && !(failure.error instanceof SessionEndedError)) throw failure.error
    for (const error of errors) this.#lateErrors.onLateError(error)
  }

  #leaveAlone(): CookieChange {
    this.#progress = 'left alone'
    return { kind: 'none' }
  }

  #storeWhenSettled(isWhole: boolean): Promise<CookieChange> {
    return this.#session.operations.run(async (operation) => {
      await operation.within(this.#session.settled())
      return operation.within(Promise.resolve(this.#store(isWhole)))
    })
  }

  #store(isWhole: boolean): CookieChange | Promise<CookieChange> {
    const { state } = this.#session
    const session = this.#touchedSession()
    const situation = this.#situationOf(session)
    const { action, sendCookie } = planCommit(situation, this.#options)
    // If only this save finds the session ended, the browser may have the cookie of a new sign-in: do not clear it.
    const { cookieToClear } = state
    const choose = (): CookieChange =>
      sendCookie && session !== undefined && !state.hasEnded(session.id)
        ? this.#change('set', session.cookie)
        : this.#change('clear', action === 'save' ? cookieToClear : state.cookieToClear)
    // What is stored already, and needs no cookie, can be stored again at the end of the response.
    const canWait = !isWhole && !sendCookie && situation.isStored
    const stored = canWait ? undefined : this.#carryOut(action, session, sendCookie)
    return stored === undefined ? choose() : stored.then(choose)
  }

  async #storeLateChanges(): Promise<void> {
    const session = this.#touchedSession()
    const { action } = planCommit(this.#situationOf(session), this.#options)
    if (action !== 'touch' || this.#progress !== 'renewed') await this.#carryOut(action, session, false)
  }

  #carryOut(
    action: CommitPlan['action'],
    session: Session | undefined,
    sendCookie: boolean,
  ): Promise<void> | undefined {
    if (action === 'destroy') return this.#session.destroyUnset()
    if (session === undefined || action === 'nothing') return undefined
    this.#progress = 'renewed'
    // A cookie must not be sent for a session that is gone.
    if (action === 'touch') return this.#touch(session, sendCookie ? 'always' : 'if due')
    return saveAtEnd(session, this.#session)
  }

  #touch(session: Session, when: 'always' | 'if due'): Promise<void> | undefined {
    const touched = this.#session.touch(session, when)
    debug('touched')
    return touched?.catch((error: unknown) => this.#lateErrors.onLateError(error)) // no change of the handler is lost
  }

  /** The session that the request has now, extended. */
  #touchedSession(): Session | undefined {
    const session: Partial<Session> | null | undefined = this.#session.request.session
    if (session === undefined || session === null) {
      debug('no session')
      return undefined
    }
    if (typeof session.touch !== 'function' || typeof session.save !== 'function') {
      throw new InvalidArgumentError(
        'req.session was replaced by something that is not a session, so nothing was stored; set values on req.session instead.',
      )
    }
    // Again after a slow response, so that it is not stored with half of its lifetime used up.
    const isDue = this.#progress === 'none' || hasAged(session as Session)
    if (isDue && this.#session.state.status !== 'unavailable') session.touch()
    if (this.#progress === 'none') this.#progress = 'touched'
    return session as Session
  }

  #situationOf(session: Session | undefined): Situation {
    const { state, id: sessionID } = this.#session
    const isReadOnly = state.status === 'unavailable'
    const hasId = typeof sessionID === 'string'
    if (!hasId && !isReadOnly) debug('session ignored because of bogus req.sessionID %o', sessionID)
    const id = session?.id ?? ''
    const values = session === undefined ? '' : valuesJson(session)
    return {
      hasSession: session !== undefined,
      isReadOnly,
      hasId,
      isIncoming: state.isIncoming(sessionID),
      isModified: state.isModified(id, values),
      isStored: state.isStored(id, values),
      wasSaved: state.status === 'saved',
      isPersistent: (session?.cookie.expires ?? null) !== null,
    }
  }

  #change(kind: 'set' | 'clear', cookie: Cookie | undefined): CookieChange {
    if (cookie === undefined) return { kind: 'none' }
    try {
      return changeCookie(kind, cookie, this.#session, this.#options, this.#secret)
    } catch (error) {
      this.#lateErrors.onLateError(error) // it does not change the response
      return { kind: 'none' }
    }
  }
}

function hasAged({ cookie }: Session): boolean {
  const { maxAge, originalMaxAge } = cookie
  return typeof maxAge === 'number' && originalMaxAge !== null && maxAge < originalMaxAge * 0.9
}
