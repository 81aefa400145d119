import type { CommitResult, OpenedSession, Session, Sessions } from 'sessera'
import { keptCookie } from './kept-cookie.js'

export interface Shop {
  readonly cart?: string[]
  readonly theme?: string
  readonly count?: number
  readonly profile?: { name: string; tags: string[] }
}

/** What is mutable in a handler. */
export type Data = { -readonly [Key in keyof Shop]: Shop[Key] }

/** A request that has arrived: its session is open, its response has not begun. */
export interface Visit {
  readonly session: Session<Data>
  readonly opened: OpenedSession<Data>
  /** The response begins: commits, and the browser takes the cookie. */
  leave(status?: number): Promise<CommitResult>
}

/** A browser with a jar for one cookie that calls `open` and `commit` itself. For real HTTP there is `openBrowser` of src/testing/. */
export class Browser {
  cookie: string | undefined

  constructor(cookie?: string) {
    this.cookie = cookie
  }

  /** Sends a request with the cookie that it has now. */
  async arrive(sessions: Sessions<Data>): Promise<Visit> {
    const opened = await sessions.open(this.cookie)
    return {
      opened,
      session: opened.session,
      leave: async (status) => {
        const commitment = await opened.commit(status)
        for (const setCookie of commitment.setCookies) this.#take(setCookie)
        return commitment
      },
    }
  }

  /** A whole request. */
  async visit(
    sessions: Sessions<Data>,
    handler: (session: Session<Data>) => unknown = () => {},
    status?: number,
  ): Promise<CommitResult> {
    const { session, leave } = await this.arrive(sessions)
    await handler(session)
    return leave(status)
  }

  /** What the next request finds. */
  async look(sessions: Sessions<Data>): Promise<{ userId: string | undefined; data: Data; isNew: boolean }> {
    const { session } = await this.arrive(sessions)
    return { userId: session.userId, data: { ...session.data }, isNew: session.isNew }
  }

  /** A browser with a copy of the cookie: what a thief, or a slow request, still holds. */
  copy(): Browser {
    return new Browser(this.cookie)
  }

  #take(setCookie: string): void {
    this.cookie = keptCookie(setCookie)
  }
}
