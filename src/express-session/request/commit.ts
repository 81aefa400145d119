import { serialize } from 'cookie'
import type { ResponseHead } from '../../adapters/response/head.js'
import { warnOfDomainMismatch } from '../../core/cookie/domain.js'
import { InvalidArgumentError, SessionEndedError } from '../../errors.js'
import { isThenable } from '../../engine/thenable.js'
import { debug } from './debug.js'
import { decideOutcome, type Facts, type Outcome } from './outcome.js'
import { isSecure } from './request.js'
import type { Session } from '../api/session.js'
import { lineOf } from '../repositories/session-line.js'
import type { Settings } from '../api/options.js'
import { signId } from './signed-id.js'
import type { Visit } from './visit.js'

/** What goes out with the first byte. */
export interface Commitment {
  readonly setCookie?: string
  /** The cookie is cleared by it. */
  readonly clears?: string
  /** The answer may be about one visitor. */
  readonly isPersonal: boolean
}

const plain: Commitment = { isPersonal: false }
const personal: Commitment = { isPersonal: true }

/** Stores the session of one request, or ends it: before the first byte leaves, and what was changed since, before the last. */
export class Commit {
  readonly #visit: Visit
  readonly #settings: Settings
  readonly #secret: string
  readonly #onLateError: (error: unknown) => void
  /** This is the answer to a failure of the store, which is not asked again. */
  #isLeftAlone = false
  #isTouched = false
  /** This request has already moved the end of the session's life. */
  #isRenewed = false

  constructor(visit: Visit, settings: Settings, secret: string, onLateError: (error: unknown) => void) {
    this.#visit = visit
    this.#settings = settings
    this.#secret = secret
    this.#onLateError = onLateError
  }

  /** `whole`: the last byte leaves together with the first. */
  first(whole: boolean, status: number): Commitment | Promise<Commitment> {
    const { isOpen, work } = this.#visit
    if (!isOpen) debug('no session')
    this.#isLeftAlone = !isOpen || (work.failure !== undefined && status >= 500)
    if (this.#isLeftAlone) return this.#noCookie()
    const commitment = work.isSettled ? this.#first(whole) : work.whenSettled(() => this.#first(whole))
    return status < 500 || !isThenable(commitment) ? commitment : this.#keepAnswer(commitment)
  }

  /** An answer that is an error of the server already leaves as it is, also when nothing can be stored. */
  #keepAnswer(commitment: Promise<Commitment>): Promise<Commitment> {
    return commitment.catch(() => {
      this.#isLeftAlone = true
      return this.#noCookie()
    })
  }

  #first(whole: boolean): Commitment | Promise<Commitment> {
    const session = this.#touchedSession()
    const { action, sendCookie } = this.#decide(session)
    // What only `resave` and the store's own clock ask for loses nothing when it is done at the end.
    const canWait = !whole && !sendCookie && session !== undefined && this.#isStored(session)
    const kept = canWait ? true : this.#carryOut(action, session, sendCookie)
    const commitment = (isKept: boolean): Commitment => this.#cookie(isKept && sendCookie ? session : undefined)
    return typeof kept === 'boolean' ? commitment(kept) : kept.then(commitment)
  }

  /** What goes out where nothing can be stored first. */
  unstored(): Commitment {
    const session = this.#touchedSession()
    return this.#cookie(this.#decide(session).sendCookie ? session : undefined)
  }

  /**
   * Rejects where the answer, whose status has left, would tell of what did not happen: what was changed cannot be stored, or the last
   * thing that was under way when the handler ended its answer failed.
   */
  async finish(): Promise<void> {
    debug('split response')
    if (this.#isLeftAlone) return
    const { work } = this.#visit
    const wasSettled = work.isSettled
    const unheard: unknown[] = []
    await work.whenOver(
      (error) => unheard.push(error),
      () => this.#finish(),
    )
    const isLost = !wasSettled && work.failure !== undefined && !(work.failure.error instanceof SessionEndedError)
    if (isLost) throw work.failure?.error
    unheard.forEach(this.#onLateError)
  }

  async #finish(): Promise<void> {
    const session = this.#touchedSession()
    const { action } = this.#decide(session)
    if (action === 'touch' && this.#isRenewed) return
    await this.#carryOut(action, session, false)
  }

  /** Whether the session is there afterwards. */
  #carryOut(action: Outcome['action'], session: Session | undefined, surely: boolean): boolean | Promise<boolean> {
    if (action === 'destroy') return this.#visit.destroyUnset().then(() => false)
    if (session === undefined || action === 'nothing') return true
    this.#isRenewed = true
    if (action === 'touch') return this.#touch(session, surely)
    this.#visit.leave()
    return save(session).then(() => !this.#visit.isEnded(session.id))
  }

  #touch(session: Session, surely: boolean): boolean | Promise<boolean> {
    const touched = this.#visit.touch(session, surely)
    debug('touched')
    if (typeof touched === 'boolean') return touched
    return touched.catch((error: unknown) => {
      this.#onLateError(error) // nothing that the handler did is lost
      return true
    })
  }

  /** The session that the request has now, living for its whole time again. */
  #touchedSession(): Session | undefined {
    const session: Partial<Session> | null | undefined = this.#visit.request.session
    if (session === undefined || session === null) {
      debug('no session')
      return undefined
    }
    if (typeof session.touch !== 'function' || typeof session.save !== 'function') throw replacedError()
    // Again at the end of what took long, so that it is not stored with a life that is half over.
    const isDue = !this.#isTouched || hasAged(session as Session)
    if (isDue && !this.#visit.work.isRefused) session.touch()
    this.#isTouched = true
    return session as Session
  }

  #decide(session: Session | undefined): Outcome {
    const { visit, settings } = { visit: this.#visit, settings: this.#settings }
    const { sessionID } = visit.request
    const { isRefused } = visit.work
    const hasId = typeof sessionID === 'string'
    if (!hasId && !isRefused) debug('session ignored because of bogus req.sessionID %o', sessionID)
    const line = session === undefined ? '' : lineOf(session)
    const id = session?.id ?? ''
    const facts: Facts = {
      hasSession: session !== undefined,
      isReadOnly: isRefused,
      hasId,
      isIncoming: sessionID === visit.incomingId,
      isModified: visit.isModified(id, line),
      isSaved: (visit.wasSaved || !settings.resave) && visit.isStored(id, line),
      wasSaved: visit.wasSaved,
      isPersistent: (session?.cookie.expires ?? null) !== null,
      canTouch: settings.canTouch,
    }
    return decideOutcome(facts, settings)
  }

  #isStored(session: Session): boolean {
    return this.#visit.isStored(session.id, lineOf(session))
  }

  #cookie(session: Session | undefined): Commitment {
    const { request, endedCookie } = this.#visit
    const { name, proxy } = this.#settings
    const cookie = session?.cookie ?? endedCookie
    if (cookie === undefined) return this.#noCookie()
    if (cookie.secure && !isSecure(request, proxy)) {
      debug('not secured')
      if (session !== undefined) this.#settings.warnOfWithheldCookie()
      return this.#noCookie()
    }
    try {
      const setCookie =
        session === undefined
          ? serialize(name, '', { ...cookie.data, expires: new Date(0) } as object)
          : serialize(name, signId(request.sessionID as string, this.#secret), cookie.data as object)
      if (session !== undefined) warnOfDomainMismatch(cookie.domain, request.headers['host']?.toString())
      debug('set-cookie %s', name)
      return session === undefined ? { setCookie, clears: name, isPersonal: true } : { setCookie, isPersonal: true }
    } catch (error) {
      this.#onLateError(error) // it does not change the answer
      return this.#noCookie()
    }
  }

  #noCookie(): Commitment {
    return this.#visit.hasStored ? personal : plain
  }
}

/** Puts the cookie behind those of the application. Doing so again changes nothing. */
export function putCookie(response: ResponseHead, { setCookie, clears }: Commitment): void {
  if (setCookie === undefined) return
  const others = [response.getHeader?.('Set-Cookie') ?? []].flat().map(String)
  // An application that clears it by itself knows how it was set.
  if (clears !== undefined && others.some((other) => other.startsWith(`${clears}=`))) return
  response.setHeader?.('Set-Cookie', [...others.filter((other) => other !== setCookie), setCookie])
}

function hasAged({ cookie }: Session): boolean {
  const { maxAge, originalMaxAge } = cookie
  return typeof maxAge === 'number' && originalMaxAge !== null && maxAge < originalMaxAge * 0.9
}

/** By the session's own method, which the application may have replaced. That it was ended meanwhile is no failure. */
function save(session: Session): Promise<void> {
  return new Promise((resolve, reject) => {
    session.save((error: unknown) => {
      if (error && !(error instanceof SessionEndedError)) reject(error)
      else resolve()
    })
  })
}

function replacedError(): InvalidArgumentError {
  return new InvalidArgumentError(
    'req.session was replaced by something that is no session, so nothing was stored; set values on req.session instead.',
  )
}
