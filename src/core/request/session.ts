import { InvalidArgumentError } from '../../errors.js'
import type { Handle } from '../../store.js'
import type { DataObject } from '../record/data.js'
import { hintAtDropped } from './development-hints.js'
import { emitEvent } from '../../events.js'
import { adviseOn } from './names-elsewhere.js'
import { renewNow, saveNow, updateNow } from './update-and-save.js'
import { expiresAt } from '../policy.js'
import { checkSignInOptions, checkUserId } from './sign-in-options.js'
import type { SignInOptions } from '../../options.js'
import type { SessionState } from './state.js'

/**
 * The session of one request: what a handler touches.
 *
 * `signIn`, `end` and `rotate` mark; they are carried out, with the changes of `data`, when the response begins, before its first
 * byte leaves. After that the methods throw `SessionCommittedError`.
 */
export class Session<Data extends object = DataObject> {
  readonly #state: SessionState

  /** @internal */
  constructor(state: SessionState) {
    this.#state = state
  }

  /**
   * The data: a plain object without a prototype, empty in a new session. Plain changes, deep ones too, are noticed and stored
   * when the response begins. Assigning another object replaces all values.
   */
  get data(): Partial<Data> {
    const state = this.#looked()
    return state.unavailable === undefined ? (state.data.object as Partial<Data>) : emptyFor(state)
  }

  set data(values: Partial<Data>) {
    if (!isPlainObject(values)) throw new InvalidArgumentError('session.data can only be set to a plain object.')
    const state = this.#looked()
    state.assertWritable('session.data was set')
    const { data } = state
    const copy = { ...values }
    data.keepOnly([])
    Object.assign(data.object, copy)
  }

  /** The public name of the session; `undefined` while nothing is stored. */
  get handle(): Handle | undefined {
    return this.#looked().handle
  }

  /** Who is signed in, once `signIn` was called; fixed for the life of the session. */
  get userId(): string | undefined {
    const { signIn, known } = this.#looked()
    return signIn === undefined ? known?.head.userId : signIn.userId
  }

  /** Whether nothing is stored of this session yet. */
  get isNew(): boolean {
    return this.#looked().known === undefined
  }

  /**
   * Whether the store is unavailable and the route continues without it (`onOutage: 'anonymous'`). The visitor counts as anonymous, and
   * every change throws `StoreUnavailableError`.
   */
  get unavailable(): boolean {
    return this.#looked().unavailable !== undefined
  }

  /** When it was first stored, ms since the epoch by the store's clock. */
  get createdAt(): number | undefined {
    return this.#looked().known?.head.createdAt
  }

  /** When it ends unless it is used again, ms since the epoch by the store's clock. Asking does not extend it. */
  get expiresAt(): number | undefined {
    const { known, core } = this.#looked()
    return known && expiresAt(core.policy, known.head)
  }

  /**
   * Signs `userId` in: a new secret, so that a token known to others before opens nothing any more. Of `data` only what `keep`
   * names stays; of another user's session nothing, and that one ends. Carried out if the response's status is below 400.
   * (ASVS 7.2.4) What is changed after it, by `update` too, belongs to the sign-in and is dropped with it.
   *
   * @param userId a non-empty string of at most 512 characters, or a whole number, which counts as its decimal text
   */
  signIn(userId: string | number, options: SignInOptions<Data> = {}): void {
    const state = this.#open('signIn')
    const { keep = [], remember = false, label } = checkSignInOptions(options)
    const id = checkUserId(userId)
    const changesBefore = state.signIn === undefined ? state.data.changes() : state.signIn.changesBefore
    if (state.signIn === undefined) hintAtDropped(changesBefore, keep)
    const owner = state.known?.head.userId
    const kept = owner === undefined || owner === id ? keep : []
    state.data.keepOnly(kept)
    // A second sign-in at the same time, such as by a double click, goes on with what the first one kept.
    const { replaced } = state.arrival
    if (state.ends === 0 && replaced?.head.userId === id) state.data.rebase(replaced.dataLine, kept)
    state.signIn = { userId: id, remembered: remember, label, keep: kept, changesBefore }
  }

  /** Signs out: the session is removed, whatever others did to it meanwhile. What is left is a blank one. (ASVS 7.4.1) */
  end(): void {
    this.#open('end').forget()
  }

  /**
   * Replaces the secret and keeps the session, e.g. when rights change. Carried out if the response's status is below 400. A
   * slower request with the old secret that changes `data` is answered with `SessionEndedError` (409).
   */
  rotate(): void {
    this.#open('rotate').rotates = true
  }

  /**
   * Keeps the session when the browser closes: its cookie lasts, and the timeouts of the option `remember` count. For a cart, or a web
   * view that forgets session cookies; a sign-in says it by its own option. Carried out like `rotate`, once there is something to store.
   */
  remember(): void {
    this.#open('remember').remembers = true
  }

  /**
   * Prolongs the session now, as a request would that reads it; at most once in a tenth of the idle timeout something is written. The
   * one method that may be called after the response has begun, for streams and sockets that outlive it. Does nothing for a session
   * that is not stored.
   *
   * Rejects with `SessionEndedError` when the session has ended, and with `SessionSupersededError` when it goes on under another secret.
   */
  renew(): Promise<void> {
    const state = this.#looked()
    state.assertWritable('session.renew() was called')
    return renewNow(state)
  }

  /**
   * Reads, changes and writes the stored data exactly, now: of any number of parallel updates none is lost. `change` is
   * synchronous, gets the data as stored, and may be called more than once; what it gives back is handed on. Values that the
   * handler has not changed itself are refreshed in `data`. After `signIn` or `end` it changes `data` like any other code.
   *
   * Rejects with `SessionEndedError` when the session was ended or rotated meanwhile, `StoreUnavailableError` past the deadline. The
   * response waits for it, and fails with it, where the handler does not.
   */
  update<Result>(
    change: (data: Partial<Data>) => Result extends PromiseLike<unknown> ? never : Result,
  ): Promise<Result> {
    // At once: code that waits for a callback looks at no promise.
    if (typeof change !== 'function')
      throw new InvalidArgumentError('session.update() takes a function that changes the data.')
    return this.#write(
      'update',
      (state) => updateNow(state, change as (data: DataObject) => unknown) as Promise<Result>,
    )
  }

  /**
   * Stores the changes of `data` now instead of when the response begins. After `signIn` or `end` there is nothing to do now: they
   * are stored with the response, before its first byte. Rejects like `update`.
   */
  save(): Promise<void>
  save(...given: readonly unknown[]): Promise<void> {
    if (given.length > 0) {
      throw new InvalidArgumentError(
        'session.save() takes no callback: await it, or leave it out, as a response waits for its session anyway.',
      )
    }
    return this.#write('save', saveNow)
  }

  /** What is public about it: neither secret nor data. */
  toJSON(): Record<string, unknown> {
    const { handle, userId, isNew, createdAt, expiresAt: end } = this
    return { handle, userId, isNew, createdAt, expiresAt: end }
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    const { isLookedAt } = this.#state
    const text = `Session ${JSON.stringify(this)}`
    this.#state.isLookedAt = isLookedAt // what is only logged does not go into the answer
    return text
  }

  #looked(): SessionState {
    this.#state.isLookedAt = true
    return this.#state
  }

  #write<Value>(method: string, write: (state: SessionState) => Promise<Value>): Promise<Value> {
    try {
      return write(this.#open(method))
    } catch (error) {
      const { isCommitted, handle } = this.#state
      if (isCommitted) emitEvent('late-change', { handle })
      return this.#state.float(Promise.reject(error))
    }
  }

  #open(method: string): SessionState {
    this.#state.assertOpen(method)
    return this.#looked()
  }
}

// `req.session.userId = 7` or `req.session.cart = []` must throw, also in code that is not in strict mode, where a failed
// assignment passes in silence. So what is there has setters that refuse, and what is not there ends in a prototype that does.
function refuse(property: string | symbol): never {
  throw new InvalidArgumentError(
    `session.${String(property)} cannot be set: data belongs under session.data, and session.signIn(userId) signs in.`,
  )
}

for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(Session.prototype))) {
  const { get = () => property.value as unknown, set = () => refuse(name) } = property
  if (name !== 'constructor') Object.defineProperty(Session.prototype, name, { get, set })
}
Object.setPrototypeOf(Session.prototype, new Proxy({}, { get: adviseOn, set: (_target, property) => refuse(property) }))

/** Data that is empty and says why it stays so. */
function emptyFor(state: SessionState): object {
  const refuseChange = (_target: object, property: string | symbol): never => {
    state.assertWritable(`session.data.${String(property)} was changed`)
    throw new TypeError('unreachable')
  }
  const target = Object.create(null) as object
  return new Proxy(target, { set: refuseChange, defineProperty: refuseChange, deleteProperty: refuseChange })
}

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
