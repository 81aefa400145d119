import type { SignInOptions } from '../../options.js'
import type { Duration } from '../../options/duration.js'
import type { Handle } from '../../store.js'
import { expiresAt, signedInAt } from '../policy.js'
import type { DefaultSessionData } from '../record/session-data.js'
import { attachment, type Attachment } from './attachment.js'
import { dataOf, withoutReading } from './read-only-data.js'
import { replaceData } from './replace-data.js'
import { prepareSignIn } from './prepare-sign-in.js'
import { hasRecentSignIn, reauthenticatedAt, requestReauthentication } from './reauthenticate.js'
import type { SessionState } from './session-state.js'
import { rejectUnsupportedMembers } from './unsupported-members.js'
import { assertFunction, assertNoCallback, renewNow, saveNow, updateNow, writeNow } from './update-and-save.js'
import { assertHasResponse } from './request-context.js'

/**
 * The session of one request, as the handler uses it.
 *
 * `signIn`, `reauthenticate`, `end`, `rotate` and changes of `data` take effect just before the first byte of the response is sent. After that,
 * the methods throw `SessionCommittedError`.
 */
export class Session<Data extends object = DefaultSessionData> {
  readonly #state: SessionState

  /** @internal The state of a session of this copy of the package. */
  static stateOf(session: object): SessionState | undefined {
    return session instanceof Session && #state in session ? session.#state : undefined
  }

  /** @internal */
  constructor(state: SessionState) {
    this.#state = state
  }

  /**
   * The data: a plain object without a prototype, empty in a new session. Plain assignments, nested ones too, are noticed and stored when the
   * response begins. Assigning another object replaces all values.
   */
  get data(): Partial<Data> {
    return dataOf(this.#read())
  }

  set data(values: Partial<Data>) {
    replaceData(this.#read(), values)
  }

  /** The public name of the session; `undefined` until it is stored. */
  get handle(): Handle | undefined {
    return this.#read().handle
  }

  /** Who is signed in, from `signIn` on. Never changes within a session. */
  get userId(): string | undefined {
    const { signIn, record } = this.#read()
    return signIn === undefined ? record?.head.userId : signIn.userId
  }

  /** Whether nothing of this session is stored yet. */
  get isNew(): boolean {
    return this.#read().record === undefined
  }

  /**
   * Whether the store is unavailable and the route continues without it (`onOutage: 'anonymous'`). The visitor counts as anonymous, and
   * every change throws `StoreUnavailableError`.
   */
  get unavailable(): boolean {
    return this.#read().outage !== undefined
  }

  /** When the user signed in, in ms since the epoch by the store's clock; `undefined` for an anonymous session. */
  get signedInAt(): number | undefined {
    return signedInAt(this.#read().record?.head)
  }

  /** When the user last proved who they are, in ms since the epoch by the store's clock, which `hasRecentSignIn` compares it with. */
  get reauthenticatedAt(): number | undefined {
    return reauthenticatedAt(this.#read())
  }

  /** When it was first stored, in ms since the epoch by the store's clock. */
  get createdAt(): number | undefined {
    return this.#read().record?.head.createdAt
  }

  /** When it ends unless it is used again, in ms since the epoch by the store's clock. Reading this does not extend it. */
  get expiresAt(): number | undefined {
    const { record, services } = this.#read()
    return record && expiresAt(services.operations.policy, record.head)
  }

  /**
   * Signs `userId` in, with a new secret, so that tokens known to others before no longer work. Of `data`, only the values named by
   * `keep` stay. If another user was signed in, nothing stays and that session ends. Discarded if the response's status is 400 or
   * higher, together with all changes made after this call. (ASVS 7.2.4)
   *
   * @param userId text of 1 to 512 characters, or a whole number, which counts as its decimal text
   * @throws InvalidArgumentError for another user id, or wrong options
   */
  signIn(userId: string | number, options: SignInOptions<Data> = {}): void {
    prepareSignIn(this.#open('signIn'), userId, options)
  }

  /**
   * Call it once a signed-in user has proved again who they are, such as by the password: replaces the secret and restarts both timeouts.
   * Discarded if the response's status is 400 or higher. (ASVS 7.2.4, 7.5.1; NIST SP 800-63B 5.2)
   *
   * @throws NotSignedInError if nobody is signed in. The commit fails with `SignInRevokedError` if the user was signed out everywhere meanwhile.
   */
  reauthenticate(): void {
    requestReauthentication(this.#open('reauthenticate'))
  }

  /** Whether the user signed in or re-authenticated less than `maxAge` ago, by the store's clock, or does so in this request. */
  hasRecentSignIn(maxAge: Duration): boolean {
    return hasRecentSignIn(this.#read(), maxAge)
  }

  /** Signs out: removes the session, even if others have changed it meanwhile, and leaves an empty one. (ASVS 7.4.1) */
  end(): void {
    this.#open('end').end()
  }

  /**
   * Replaces the secret and keeps the session, e.g. when rights change. Discarded if the response's status is 400 or higher. Slower
   * requests with the old secret that change the session get `SessionSupersededError` (409).
   */
  rotate(): void {
    this.#open('rotate').requestRotation()
  }

  /**
   * Keeps the session when the browser closes, with the timeouts of the option `remember`. For carts, and for web views that lose session cookies;
   * `signIn` has an option for it. Takes effect like `rotate`, once there is something to store.
   */
  remember(): void {
    this.#open('remember').remembers = true
  }

  /**
   * Extends the session now, as reading it does; writes at most once in a tenth of the idle timeout. May be called after the response has begun, for
   * streams and sockets. Rejects with `SessionEndedError` if the session has ended, and with `SessionSupersededError` if it has another secret.
   */
  renew(): Promise<void> {
    const state = this.#read()
    state.assertWritable('session.renew() was called')
    return renewNow(state)
  }

  /**
   * Reads, changes and writes the stored data now. However many updates run at once, none is lost. `change` is synchronous, gets the stored data,
   * may be called more than once, and its result is returned. Values of `data` that the handler has not changed itself are refreshed. After
   * `signIn` or `end`, it changes `data` and nothing is stored before the response. Rejects with `SessionEndedError` or `SessionSupersededError`
   * if the session was ended or rotated meanwhile, and with `StoreUnavailableError` after the deadline. If nobody awaits it, the response fails.
   */
  update<Result>(
    change: (data: Partial<Data>) => Result extends PromiseLike<unknown> ? never : Result,
  ): Promise<Result> {
    assertFunction(change)
    return writeNow(this.#state, 'update', (state) => updateNow(state, change as (data: object) => Result))
  }

  /**
   * Stores the changes of `data` now instead of when the response begins. After `signIn` or `end` it does nothing, because the changes
   * are stored with the response. Rejects like `update`.
   */
  save(): Promise<void>
  save(...given: readonly unknown[]): Promise<void> {
    assertNoCallback(given)
    return writeNow(this.#state, 'save', saveNow)
  }

  /** @internal */
  get [attachment](): Attachment {
    return this.#state.attachment
  }

  /** What is public about the session: neither secret nor data. */
  toJSON(): Record<string, unknown> {
    const { handle, userId, isNew, createdAt, expiresAt: end } = this
    return { handle, userId, isNew, createdAt, expiresAt: end }
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return withoutReading(this.#state, () => `Session ${JSON.stringify(this)}`)
  }

  #read(): SessionState {
    this.#state.isRead = true
    return this.#state
  }

  #open(method: string): SessionState {
    this.#state.assertOpen(method)
    assertHasResponse(this.#state.choice, method)
    return this.#read()
  }
}

rejectUnsupportedMembers(Session.prototype)
