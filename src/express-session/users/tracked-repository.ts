import type { Operation, Operations } from '../../engine/operations.js'
import type { RemoveResult } from '../../store.js'
import type { Session } from '../api/session.js'
import type { Loaded, Repository, Snapshot, TouchResult } from '../repositories/repository.js'
import { keyOf } from '../repositories/session-id.js'
import { warnOfKeptId } from './kept-id-warning.js'
import { signIn } from './sign-in.js'
import { dropEntries, keepEntry, ownerOf, userOf, type UserContext } from './user-context.js'

/** The repository of one request. It notices whose the sessions become that it stores, and enters them in the index. */
export class TrackedRepository implements Repository {
  readonly operations: Operations
  /** When the request was opened, by the index. */
  openedAt: number
  readonly #context: UserContext
  readonly #repository: Repository
  readonly #incomingId: string | undefined
  /** Whose each session is, as far as the request has seen. */
  readonly #users = new Map<string, string | undefined>()
  /** The entries that the sessions of the request may have. */
  readonly #entries: { readonly id: string; readonly userId: string }[] = []
  /** The session that was refused a user. */
  #refusedId: string | undefined

  constructor(context: UserContext, incomingId: string | undefined) {
    this.operations = context.repository.operations
    this.openedAt = context.index.moment()
    this.#context = context
    this.#repository = context.repository
    this.#incomingId = incomingId
  }

  async load(operation: Operation, id: string): Promise<Loaded | undefined> {
    const loaded = await this.#repository.load(operation, id)
    if (loaded !== undefined) this.#note(id, ownerOf(this.#context, loaded.data))
    return loaded
  }

  async save(operation: Operation, session: Session, snapshot: Snapshot | undefined): Promise<Snapshot | undefined> {
    const id = keyOf(session.id)
    const userId = userOf(this.#context, session)
    const isSignIn = userId !== undefined && (snapshot === undefined || userId !== this.#users.get(id))
    // The application has been told why. What it stores next, such as with its error page, is not stored either.
    if (isSignIn && id === this.#refusedId) return undefined
    const stored = isSignIn
      ? await this.#signIn(operation, session, snapshot, userId)
      : await this.#repository.save(operation, session, snapshot)
    // Others may have stored another user, with whose values ours were merged.
    if (stored !== undefined) this.#keep(session)
    return stored
  }

  touch(session: Session, snapshot: Snapshot | undefined, when: 'always' | 'if due'): Promise<TouchResult> | undefined {
    return this.#repository.touch(session, snapshot, when)
  }

  async destroy(operation: Operation, id: string): Promise<void> {
    await this.#repository.destroy(operation, id)
    for (const entry of this.#entries) if (entry.id === keyOf(id)) dropEntries(this.#context, entry.userId, [entry.id])
  }

  destroyLoaded(operation: Operation, id: string, loaded: Loaded): Promise<RemoveResult> {
    return this.#repository.destroyLoaded(operation, id, loaded)
  }

  async #signIn(
    operation: Operation,
    session: Session,
    snapshot: Snapshot | undefined,
    userId: string,
  ): Promise<Snapshot | undefined> {
    if (snapshot !== undefined && session.id === this.#incomingId) warnOfKeptId()
    try {
      return await signIn(this.#context, operation, { session, userId, snapshot, openedAt: this.openedAt })
    } catch (error) {
      if (isRefusal(error)) this.#refusedId = keyOf(session.id)
      throw error
    }
  }

  #keep(session: Session): void {
    const userId = ownerOf(this.#context, session)
    this.#note(keyOf(session.id), userId)
    if (userId !== undefined) keepEntry(this.#context, userId, session)
  }

  // A session keeps its entry when the user leaves it without its being destroyed: a slow request may bring the user back.
  #note(id: string, userId: string | undefined): void {
    if (userId !== undefined && userId !== this.#users.get(id)) this.#entries.push({ id, userId })
    this.#users.set(id, userId)
  }
}

function isRefusal(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown }
  return code === 'SIGN_IN_REVOKED' || code === 'SESSION_LIMIT'
}
