import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { CommitResult, OpenedSession, Session, Sessions } from 'sessera'
import { expressSessions, type SessionMiddleware } from 'sessera/express'
import type { AdapterData } from 'sessera/testing'
import type { Sabotage } from '../../conformance/express-harness.js'

/** A good adapter, sabotaged in one small way. */
export interface AdapterMutant extends Sabotage {
  readonly name: string
  /** The case that must notice it. Others may, too. */
  readonly killedBy: string
}

type Open = Sessions<AdapterData>['open']
type Opened = OpenedSession<AdapterData>

export const untouched: CommitResult = { setCookies: [], caching: 'untouched' }

/** Sessions with another `open`. */
export function opening(openOtherwise: (open: Open, ...given: Parameters<Open>) => Promise<Opened>) {
  return (sessions: Sessions<AdapterData>): Sessions<AdapterData> => ({
    ...sessions,
    open: (cookie, facts) => openOtherwise(sessions.open, cookie, facts),
  })
}

/** What `open` returned, with another `commit`. */
export function withCommit(opened: Opened, commit: Opened['commit']): Opened {
  return {
    session: opened.session,
    onUnhandledError: (tell) => opened.onUnhandledError(tell),
    responseClosed: () => opened.responseClosed(),
    commit,
  }
}

/** One commit, to be sabotaged. */
export interface Attempt<Note> {
  readonly status: number
  /** The good commit. Default: with this request's status. */
  commit(status?: number): CommitResult | Promise<CommitResult>
  readonly session: Session<AdapterData>
  /** The `Cookie` header. */
  readonly cookie: string | undefined
  /** What was noted when the session was opened. */
  readonly before: Note
  /** Opens the session again with the same cookie. */
  reopen(): Promise<Opened>
}

/** Sessions with another `commit`. */
export function committing(spoil: (attempt: Attempt<undefined>) => CommitResult | Promise<CommitResult>) {
  return noting(() => undefined, spoil)
}

/** Sessions with another `commit`, which can compare with what was noted on opening. */
export function noting<Note>(
  note: (session: Session<AdapterData>) => Note,
  spoil: (attempt: Attempt<Note>) => CommitResult | Promise<CommitResult>,
) {
  return opening(async (open, cookie, facts) => {
    const opened = await open(cookie, facts)
    const { session } = opened
    const before = note(session)
    return {
      session,
      onUnhandledError: (tell) => opened.onUnhandledError(tell),
      responseClosed: () => opened.responseClosed(),
      commit: (status = 200) =>
        spoil({
          status,
          session,
          cookie,
          before,
          commit: (other = status) => opened.commit(other),
          reopen: () => open(cookie, facts),
        }),
    }
  })
}

/** Sessions whose commits succeed, with changed results. */
export function changing(change: (commitment: CommitResult) => CommitResult) {
  return committing(async ({ commit }) => change(await commit()))
}

/** Whether this event is emitted before all pending work of this process is done. */
export function listenFor(event: string, handle: string | undefined): () => Promise<boolean> {
  let heard = false
  const note = (message: unknown): void => {
    heard ||= (message as { handle?: string }).handle === handle
  }
  subscribe(event, note)
  return async () => {
    await new Promise((resolve) => setImmediate(resolve))
    unsubscribe(event, note)
    return heard
  }
}

type Request = Parameters<SessionMiddleware>[0]
type Method = (...values: unknown[]) => unknown

/** The methods of a response that sabotage replaces. */
export interface Response extends Record<'setHeader' | 'removeHeader' | 'writeHead' | 'write' | 'end', Method> {
  readonly statusCode: number
  readonly destroyed: boolean
}

/** The good middleware, with the response sabotaged before or after the middleware patches it. */
export function spoiling(when: 'before' | 'after', spoil: (response: Response, request: Request) => void) {
  return (sessions: Sessions<AdapterData>): SessionMiddleware => {
    const sound = expressSessions(sessions)
    return (request, response, next) => {
      if (when === 'before') spoil(response as unknown as Response, request)
      sound(request, response, (error) => {
        if (when === 'after' && error === undefined) spoil(response as unknown as Response, request)
        next(error)
      })
    }
  }
}
