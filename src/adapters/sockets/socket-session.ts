import type { OpenedSession } from '../../core/request/opened-session.js'
import type { RequestContext } from '../../core/request/request-context.js'
import type { Session } from '../../core/request/session.js'
import type { Sessions } from '../../core/sessions.js'
import { SessionEndedError } from '../../errors.js'
import type { Handle } from '../../store.js'

// However short the idle timeout is, activity is noticed ten times before it.
const [longestPauseMs, shareOfLifetime] = [60_000, 0.1]

/** How a socket finds its session again. */
export interface SocketOrigin<Data extends object> {
  readonly sessions: Sessions<Data>
  /** What the upgrade was opened with, committed by now. */
  readonly opened: OpenedSession<Data>
  /** The `Cookie` header with the newest token. */
  readonly cookie: string | undefined
  readonly context: RequestContext
}

/**
 * The session of a socket. Its messages see what is stored when they come, not what was when the socket opened. No cookie can be set for a
 * message: sign in, rotate and sign out by a request, or end it with `sessions.end(handle)`.
 */
export class SocketSession<Data extends object> {
  /** The public name of the session; `undefined` for a visitor without one. */
  readonly handle: Handle | undefined
  /** Who was signed in when the socket opened. The socket closes before that changes. */
  readonly userId: string | undefined
  readonly #origin: SocketOrigin<Data>
  #nextRenewal = 0

  constructor(origin: SocketOrigin<Data>) {
    const { handle, userId } = origin.opened.session
    this.#origin = origin
    this.handle = handle
    this.userId = userId
  }

  /** What is stored now. Rejects with `SessionEndedError` if the session has ended or expired, and as `sessions.open` does. */
  async read(): Promise<Readonly<Partial<Data>>> {
    return (await this.#open()).data
  }

  /** Changes what is stored now, as `session.update` does. Rejects as `read` does, and with `CookieNotSettableError` if there is no session. */
  async update<Result>(
    change: (data: Partial<Data>) => Result extends PromiseLike<unknown> ? never : Result,
  ): Promise<Result> {
    return (await this.#open()).update(change)
  }

  /**
   * Extends the session, as a request does; for activity on the socket. Asks the store once a minute at most. Never rejects: a session that has ended
   * closes the socket by itself, and one that could not be extended is tried again.
   */
  async renew(): Promise<void> {
    const { session } = this.#origin.opened
    const now = Date.now()
    if (this.handle === undefined || now < this.#nextRenewal) return
    const lifetimeMs = Math.max(0, (session.expiresAt ?? now) - now)
    this.#nextRenewal = now + Math.min(longestPauseMs, lifetimeMs * shareOfLifetime)
    await session.renew().catch(() => {})
  }

  async #open(): Promise<Session<Data>> {
    const { sessions, cookie, context } = this.#origin
    const { session } = await sessions.open(cookie, context)
    if (session.handle !== this.handle) throw new SessionEndedError()
    return session
  }
}
