import type { Secret, ModelSession, Values, View } from './sessions.js'

/**
 * What a handler does, one thing after the other. `write` changes a value that is this request's own, `same` two that all
 * requests write; `save` stores at once what was changed; `ada` and `bob` sign in and keep one value; `fail` makes the response
 * a 500; `wait` takes its time; `fill` writes what a session of the model begins with; `administer` is no request but
 * `sessions.end(handle)`.
 */
export type Step =
  | 'fill'
  | 'write'
  | 'same'
  | 'save'
  | 'update'
  | 'rotate'
  | 'end'
  | 'ada'
  | 'bob'
  | 'fail'
  | 'wait'
  | 'administer'

/** The one value that sign-ins keep. */
export const keptKey = 'kept'

/** A sign-in that a handler asked for. */
export interface SignIn {
  readonly userId: string
  readonly data: Values
  /** Whether what others have stored under the kept key counts: the handler has not changed that itself, nor is it another user's. */
  followsKept: boolean
}

/** What one write to the store is for. The oracle says what such a write may do, and how often. */
export interface Intent {
  readonly kind:
    | 'open'
    | 'update'
    | 'save'
    | 'insert'
    | 'write'
    | 'rotate'
    | 'sign-in'
    | 'renewal'
    | 'nothing'
    | 'administer'
  readonly request: ModelRequest
  readonly at: number
  /** The session that the request has, and the secret that it has it by. */
  readonly session: ModelSession | undefined
  readonly secret: Secret | undefined
  /** Plain changes of data, to be merged. */
  readonly changes: Values
  /** The session that is to be removed first. */
  readonly ends: ModelSession | undefined
  readonly signIn: SignIn | undefined
  /** The kept value, as it was stored when a sign-in looked for it again. */
  latest: Values | undefined
  /** How often it changed a record. */
  applied: number
  /** The secret that it made. */
  made: Secret | undefined
  /** What it left in the session. */
  left: Pick<ModelSession, 'data' | 'writes'> | undefined
}

/** One request as the oracle knows it: what it came with, what it has seen, what it wants. */
export class ModelRequest {
  readonly number: number
  readonly name: string
  readonly steps: readonly Step[]
  readonly cookie: string | undefined
  tokenStatus: View['tokenStatus'] = 'none'
  session: ModelSession | undefined
  secret: Secret | undefined
  /** What somebody has signed in to since its secret was the one. It may end that. */
  replaced: ModelSession | undefined
  /** What that held when the request came. */
  replacedData: Values = {}
  /** What it knows to be stored, and at which write of the session. */
  stored: Values = {}
  storedAt = -1
  /** How many sign-ins it knows of. */
  signIns = 0
  userId: string | undefined
  changes: Values = {}
  ended: ModelSession | undefined
  signIn: SignIn | undefined
  rotates = false
  fails = false
  intent: Intent
  /** The last secret that was made for it. */
  issued: Secret | undefined
  /** The handler called `end()`. */
  isEnding = false
  /** The store told it that it removed a session. */
  hasRemoved = false
  /** One of its calls was made to fail, so it may fail too. */
  isExcused = false

  constructor(number: number, steps: readonly Step[], cookie: string | undefined) {
    this.number = number
    this.name = `request ${number} (${steps.join(', ') || 'read'})`
    this.steps = steps
    this.cookie = cookie
    this.fails = steps.includes('fail')
    this.intent = this.begin('open', 0)
  }

  /** From here on calls to the store are for this. */
  begin(kind: Intent['kind'], at: number): Intent {
    const { session, secret, changes, ended, signIn } = this
    this.intent = {
      kind,
      request: this,
      at,
      session,
      secret,
      changes: { ...changes },
      ends: kind === 'sign-in' || kind === 'insert' || kind === 'nothing' ? ended : undefined,
      signIn: kind === 'sign-in' ? signIn : undefined,
      latest: undefined,
      applied: 0,
      made: undefined,
      left: undefined,
    }
    return this.intent
  }

  /** What the end of the request is for: the rules of the documentation, once more. */
  kindOfCommit(): Intent['kind'] {
    const hasChanges = Object.keys(this.changes).length > 0
    if (this.signIn !== undefined && !this.fails) return 'sign-in'
    if (this.tokenStatus === 'rotated' || this.tokenStatus === 'replaced-by-sign-in') return 'nothing'
    if (this.tokenStatus === 'none') return hasChanges ? 'insert' : 'nothing'
    if (this.rotates && !this.fails) return 'rotate'
    return hasChanges ? 'write' : 'renewal'
  }

  /** What `session.data` shows. */
  shown(): Values {
    return this.signIn?.data ?? { ...this.stored, ...this.changes }
  }

  sees(view: View): void {
    this.tokenStatus = view.tokenStatus
    this.replaced = view.tokenStatus === 'replaced-by-sign-in' ? view.session : undefined
    this.replacedData = structuredClone(this.replaced?.data ?? {})
    if (this.replaced !== undefined) return
    this.session = view.session
    this.secret = view.tokenStatus === 'current' ? view.session?.secret : undefined
    this.userId = view.session?.userId
    this.signIns = view.session?.signIns ?? 0
    this.follow(view.session)
  }

  /** It learns what is stored now. */
  follow(session: Pick<ModelSession, 'data' | 'writes'> | undefined): void {
    this.stored = structuredClone(session?.data ?? {})
    this.storedAt = session?.writes ?? -1
  }

  write(values: Values): void {
    Object.assign(this.signIn?.data ?? this.changes, values)
    if (this.signIn !== undefined && keptKey in values) this.signIn.followsKept = false
  }

  /** What it works on is stored with the response only, so updates and saves do nothing yet. */
  get worksInMemory(): boolean {
    return this.signIn !== undefined || this.ended !== undefined || (this.isEnding && this.cookie !== undefined)
  }

  markSignIn(userId: string): void {
    const isOwn = this.userId === undefined || this.userId === userId
    const shown = this.shown()
    const before = this.signIn
    const data: Values = isOwn && keptKey in shown ? { [keptKey]: shown[keptKey] } : {}
    // A double click goes on with what the first sign-in kept.
    const isSecond = this.ended === undefined && this.replaced?.userId === userId
    if (isSecond && !(keptKey in data) && keptKey in this.replacedData) data[keptKey] = this.replacedData[keptKey]
    const isMine = keptKey in this.changes || before?.followsKept === false
    this.signIn = { userId, data, followsKept: isOwn && !isMine }
  }

  markEnd(): void {
    this.ended = this.session ?? this.replaced ?? this.ended
    this.tokenStatus = 'none'
    this.isEnding = true
    this.replaced = undefined
    this.session = undefined
    this.secret = undefined
    this.userId = undefined
    this.issued = undefined
    this.signIn = undefined
    this.rotates = false
    this.changes = {}
    this.follow(undefined)
  }
}
