import { isDeepStrictEqual } from 'node:util'
import { SessionEndedError, SessionSupersededError, type CommitResult, type ReplaceResult, type Session } from 'sessera'
import type { Call } from './gated-store.js'
import { keptKey, type Intent, type ModelRequest, type SignIn } from './request.js'
import { endsAt, isAlive, policy, viewOf, type ModelSession, type Secret, type Values, type View } from './sessions.js'

/**
 * Knows what ought to be stored, and says where something else happens. It hears of every call in the moment that the store
 * carries it out, so for it everything happens one after the other, and its rules are those of the documentation.
 */
export class Oracle {
  readonly problems: string[] = []
  readonly sessions = new Map<string, ModelSession>()
  /** By the cookie that shows it to the world. */
  readonly #secrets = new Map<string, Secret>()
  readonly now: () => number

  constructor(now: () => number) {
    this.now = now
  }

  get cookies(): readonly string[] {
    return [...this.#secrets.keys()]
  }

  view(cookie: string | undefined): View {
    const secret = this.#secrets.get(cookie ?? '')
    if (secret === undefined) return { tokenStatus: 'none' }
    return viewOf(this.sessions.get(secret.handle), secret, this.now())
  }

  /** The store carried a call out, whether or not its answer arrives. */
  executed(call: Call, answer: unknown): void {
    if (call.verb === 'load') this.#loaded(call)
    if (call.verb === 'insert' && answer !== undefined) this.#inserted(call)
    if (call.verb === 'replace' && (answer as ReplaceResult).status === 'replaced') this.#replaced(call)
    if (call.verb === 'remove' && answer === 'removed') this.#removed(call)
  }

  /** The answer of a call arrived. */
  answered({ verb, intent, handle }: Call, answer: unknown): void {
    const { request } = intent
    const session = this.sessions.get(handle)
    if (verb === 'load' && intent.kind === 'open') request.sees(this.view(request.cookie))
    if (verb === 'remove' && answer === 'removed') request.hasRemoved = true
    const isInserted = verb === 'insert' && answer !== undefined
    // Where something else stands there by now, the core is to find that its write was done before.
    const isReplaced = verb === 'replace' && (answer as ReplaceResult).status !== 'gone'
    if (!(isInserted || isReplaced) || intent.applied === 0 || session === undefined) return
    if (intent.made !== undefined) {
      request.issued = request.secret = intent.made
      request.session = session
      request.signIns = session.signIns
      request.tokenStatus = 'current'
    }
    // As its own write left it: what others made of it since may be none of its business.
    request.follow(intent.left)
  }

  opened(request: ModelRequest, session: Session<Values>): void {
    const { userId } = session
    this.#expect(userId === request.userId, request, `is ${userId} and should be ${request.userId}`)
    this.shows(request, session)
  }

  shows(request: ModelRequest, session: Session<Values>): void {
    this.#expectData(session.data, request.shown(), request, 'sees')
  }

  /** An update or a save was acknowledged. */
  stored(request: ModelRequest, intent: Intent): void {
    this.#expect(intent.applied === 1, request, `was told that it is stored, but it was ${intent.applied} times`)
  }

  /** An update, a save or a commit was refused. */
  refused(request: ModelRequest, error: unknown): void {
    const isLost = error instanceof SessionEndedError || error instanceof SessionSupersededError
    const isTrue = isLost ? this.#hasLost(request) : request.isExcused
    this.#expect(isTrue, request, `was refused without a reason: ${String(error)}`)
  }

  committed(request: ModelRequest, { setCookies }: CommitResult): void {
    const { intent, issued, ended } = request
    const [setCookie] = setCookies
    this.#expect(setCookies.length < 2, request, 'got two cookies')
    if (setCookie?.includes('=;')) this.#expect(request.isEnding, request, 'lost its cookie but ended nothing')
    else if (setCookie !== undefined) this.#newCookie(request, setCookie)
    else if (issued !== undefined)
      this.#expect(this.#hasLost(request), request, 'has a new secret but was not given a cookie')
    // The store failed, and so did the answer: it says nothing of what is stored.
    if (request.fails && request.isExcused) return
    if (ended !== undefined) this.#expect(!isAlive(ended, this.now()), request, 'ended a session that lives on')
    if (intent.kind === 'sign-in') this.#expect(issued !== undefined, request, 'signed in but has no session')
    const wrote = intent.applied > 0 || intent.kind === 'nothing' || intent.kind === 'renewal'
    this.#expect(wrote || this.#hasLost(request), request, 'was told that its changes are stored, but they are not')
    // An answer that failed says nothing of the kind.
    const isTrue = request.fails || intent.applied > 0 || intent.signIn !== undefined || !this.#goesOnWithout(request)
    this.#expect(isTrue, request, 'was told that its changes are stored in a session that goes on without them')
  }

  administered(request: ModelRequest, handle: string, ended: boolean): void {
    const session = this.sessions.get(handle)
    this.#expect(ended === request.hasRemoved, request, 'was told wrongly whether there was a session')
    this.#expect(session === undefined || !isAlive(session, this.now()), request, 'ended a session that lives on')
  }

  /** Says that something is wrong. */
  complain(about: string): void {
    this.problems.push(about)
  }

  /** Where changes may have been dropped: what the request had is not its own any more. */
  #hasLost({ tokenStatus, session, secret }: ModelRequest): boolean {
    if (tokenStatus === 'rotated' || tokenStatus === 'replaced-by-sign-in') return true
    return session !== undefined && (!isAlive(session, this.now()) || session.secret !== secret)
  }

  /** Whether its changes miss in a session that only got another secret. */
  #goesOnWithout({ session, secret, signIns, changes }: ModelRequest): boolean {
    if (session === undefined || Object.keys(changes).length === 0) return false
    return isAlive(session, this.now()) && session.secret !== secret && session.signIns === signIns
  }

  #newCookie(request: ModelRequest, setCookie: string): void {
    const cookie = setCookie.split(';', 1)[0] ?? ''
    const { issued } = request
    const isOwn = issued !== undefined && cookie.includes(`=${issued.handle}.`)
    this.#expect(isOwn, request, 'was given a cookie but needed none')
    this.#expect(!this.#secrets.has(cookie), request, 'was given a cookie that somebody had before')
    if (isOwn) this.#secrets.set(cookie, issued)
  }

  /** A sign-in that cannot write over its session looks at it once more. */
  #loaded({ intent, handle }: Call): void {
    const { signIn } = intent
    const session = this.sessions.get(handle)
    const isUsers = session !== undefined && isAlive(session, this.now()) && session.userId === signIn?.userId
    if (signIn !== undefined) intent.latest = isUsers ? structuredClone(session.data) : undefined
  }

  #inserted(call: Call): void {
    const { intent, handle, issuedAt } = call
    const { request, signIn } = intent
    const mayInsert = intent.kind === 'sign-in' || intent.session === undefined
    this.#expect(mayInsert, request, 'made a new session but may not')
    // An insert may be done again, late, when the first has expired: nobody was ever told of that session.
    const isKnown = this.cookies.some((cookie) => cookie.includes(handle))
    this.#expect(!isKnown, request, 'took a handle that was used before')
    // One that was stored before under another handle is known to nobody: its answer was lost.
    intent.applied = 1
    intent.made = { handle }
    const session: ModelSession = {
      handle,
      secret: intent.made,
      superseded: [],
      userId: signIn?.userId,
      beganAt: issuedAt,
      lastSeenAt: issuedAt,
      data: {},
      writes: 0,
      signIns: 0,
      isRemoved: false,
    }
    this.sessions.set(handle, session)
    this.#changeData(session, intent, intent.latest ?? signIn?.data ?? {})
    this.#checkStored(session, call)
  }

  #replaced(call: Call): void {
    const { intent, handle, issuedAt } = call
    const { request, kind, signIn } = intent
    const session = this.sessions.get(handle)
    // A write that was on its way in time may run late: it says when it was made, and so gives the session no more than its due.
    if (session === undefined || !isAlive(session, issuedAt)) {
      this.complain(`${request.name} brought a session back to life`)
      return
    }
    const mayWrite = session === intent.session && session.secret === intent.secret
    this.#expect(mayWrite && kind !== 'nothing', request, 'wrote into a session that is not its own')
    this.#expect(kind === 'renewal' || intent.applied === 0, request, `did the same ${kind} twice`)
    intent.applied++
    if (signIn !== undefined) {
      // Over the user's own session it must: a token known before would stay signed in otherwise.
      const mayInsist = session.userId !== undefined || session.writes === request.storedAt
      this.#expect(mayInsist, request, 'signed in over what somebody else wrote')
      const isFree = session.userId === undefined || session.userId === signIn.userId
      this.#expect(isFree, request, `took the session of ${session.userId} over`)
      session.userId = signIn.userId
      session.beganAt = issuedAt
      session.signIns++
    }
    if (signIn !== undefined || kind === 'rotate') {
      const by = signIn === undefined ? 'rotate' : 'sign-in'
      session.superseded.unshift({ secret: session.secret, at: intent.at, by })
      session.secret = intent.made = { handle }
    }
    session.lastSeenAt = Math.max(session.lastSeenAt, issuedAt)
    session.writes++
    this.#changeData(session, intent, session.data)
    this.#checkStored(session, call)
  }

  #removed({ intent, handle }: Call): void {
    const { request, kind, ends, signIn } = intent
    const session = this.sessions.get(handle)
    const isOther = signIn !== undefined && request.userId !== undefined && request.userId !== signIn.userId
    const mayEnd =
      kind === 'administer' || (session !== undefined && (session === ends || (isOther && session === request.session)))
    this.#expect(mayEnd, request, 'ended a session but may not')
    if (session !== undefined) session.isRemoved = true
  }

  #changeData(session: ModelSession, intent: Intent, stored: Values): void {
    const { kind, request, signIn, changes } = intent
    if (signIn !== undefined) session.data = signedInData(signIn, stored)
    else if (kind === 'update') addTo(session.data, request.number)
    else if (kind !== 'renewal') Object.assign(session.data, changes)
    intent.left = { data: structuredClone(session.data), writes: session.writes }
  }

  #checkStored(session: ModelSession, { intent: { request }, text, lifetimeMs, issuedAt }: Call): void {
    const [head = '', data = ''] = text.split('\n')
    this.#expectData(JSON.parse(data) as Values, session.data, request, 'stored')
    const userId = / "(\w+)"$/.exec(head)?.[1]
    this.#expect(userId === session.userId, request, `stored the user ${userId} instead of ${session.userId}`)
    const inTime = lifetimeMs > 0 && lifetimeMs <= policy.idleTimeout && issuedAt + lifetimeMs <= endsAt(session)
    this.#expect(inTime, request, `stored for ${lifetimeMs} ms`)
  }

  #expectData(found: Values, wanted: Values, request: ModelRequest, does: string): void {
    const isRight = isDeepStrictEqual({ ...found }, wanted)
    this.#expect(isRight, request, `${does} ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`)
  }

  #expect(isRight: boolean, request: ModelRequest, problem: string): void {
    if (!isRight) this.complain(`${request.name} ${problem}`)
  }
}

/** What a sign-in leaves: the kept value is as it is stored, unless its handler has changed it. */
function signedInData({ data, followsKept }: SignIn, stored: Values): Values {
  const { [keptKey]: kept, ...own } = structuredClone(data)
  if (!followsKept) return { ...(kept === undefined ? {} : { [keptKey]: kept }), ...own }
  return { ...(keptKey in stored ? { [keptKey]: stored[keptKey] } : {}), ...own }
}

/** What an update does: one more in a list, and a count that must agree with it. */
export function addTo(data: Values, number: number): void {
  data['list'] = [...((data['list'] as number[] | undefined) ?? []), number]
  data['count'] = ((data['count'] as number | undefined) ?? 0) + 1
}
