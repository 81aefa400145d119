import type { Cookie } from '../api/cookie.js'
import type { Snapshot } from '../repositories/repository.js'
import type { Contents, Values } from '../repositories/session-contents.js'

type State =
  /** Loading it is not done, or failed. */
  | { readonly status: 'none' }
  /** The store is unavailable, and the request continues with an anonymous, read-only session. */
  | { readonly status: 'unavailable' }
  | { readonly status: 'new'; readonly cookie: Cookie }
  /** Found in the store, or stored there by this request. */
  | { readonly status: 'loaded' | 'saved'; readonly cookie: Cookie; readonly snapshot: Snapshot }

const none: State = { status: 'none' }

/** What a request knows about its session and its stored state. */
export class SessionState {
  /** The id that the request brought. */
  readonly #incomingId: string | undefined
  #state: State = none
  /** The session as the request first saw it. */
  #original: { readonly id: string; readonly values: Values } | undefined
  #endedIds: Set<string> | undefined
  #cookieToClear: Cookie | undefined

  constructor(incomingId: string | undefined) {
    this.#incomingId = incomingId
  }

  get status(): State['status'] {
    return this.#state.status
  }

  get cookie(): Cookie | undefined {
    return 'cookie' in this.#state ? this.#state.cookie : undefined
  }

  /** The cookie of the incoming session, if the handler ended it, so that the browser deletes the cookie. */
  get cookieToClear(): Cookie | undefined {
    return this.#cookieToClear
  }

  /** Whether the request used a session that is, or was, in the store. */
  get isKnownToStore(): boolean {
    return this.status === 'loaded' || this.status === 'saved' || (this.#endedIds?.size ?? 0) > 0
  }

  /** Whether the request ended this session, or found it ended. */
  hasEnded(id: string): boolean {
    return this.#endedIds?.has(id) ?? false
  }

  addEnded(id: string): void {
    this.#endedIds ??= new Set()
    this.#endedIds.add(id)
  }

  removeEnded(id: string): void {
    this.#endedIds?.delete(id)
  }

  isIncoming(id: unknown): boolean {
    return id === this.#incomingId
  }

  isModified(id: string, values: string): boolean {
    return this.#original?.id !== id || !this.#original.values.hasValues(values)
  }

  /** Whether the request last saw these values in the store. */
  isStored(id: string, values: string): boolean {
    return this.snapshotOf(id)?.contents.hasValues(values) ?? false
  }

  snapshotOf(id: string): Snapshot | undefined {
    return 'snapshot' in this.#state && this.#state.snapshot.id === id ? this.#state.snapshot : undefined
  }

  becomeUnavailable(): void {
    this.#state = { status: 'unavailable' }
  }

  becomeNew(id: string, cookie: Cookie, values: Values): void {
    this.#state = { status: 'new', cookie }
    this.#original ??= { id, values }
    this.removeEnded(id) // an application may generate the same id again
  }

  becomeLoaded(id: string, cookie: Cookie, revision: unknown, contents: Contents): void {
    const status = this.#state.status === 'saved' ? 'saved' : 'loaded'
    // After `reload()`: what others stored is no modification by this request, but what it stored itself is.
    if (status === 'loaded' && (this.#original?.id ?? id) === id) this.#original = { id, values: contents }
    this.#state = { status, cookie, snapshot: { id, revision, contents } }
  }

  becomeSaved(cookie: Cookie, snapshot: Snapshot): void {
    this.#state = { status: 'saved', cookie, snapshot }
  }

  /** Makes the browser delete the cookie of this session, if it is the incoming one. */
  clearCookie(id: string, cookie: Cookie | undefined): void {
    if (this.isIncoming(id)) this.#cookieToClear = cookie
  }
}
