import type { CommitResult, OpenedSession, Session, Sessions } from 'sessera'
import { expressSessions, type SessionMiddleware } from 'sessera/express'
import type { AdapterData } from 'sessera/testing'
import type { Sabotage } from '../../conformance/express-harness.js'

/** A good adapter, sabotaged in one small way. */
export interface AdapterMutant extends Sabotage {
  readonly name: string
  /** The case that must notice it, whatever others do. */
  readonly killedBy: string
}

type Open = Sessions<AdapterData>['open']
type Opened = OpenedSession<AdapterData>

export const untouched: CommitResult = { setCookies: [], caching: 'untouched' }

/** Sessions that are opened in another way. */
export function opening(openOtherwise: (open: Open, ...given: Parameters<Open>) => Promise<Opened>) {
  return (sessions: Sessions<AdapterData>): Sessions<AdapterData> => ({
    ...sessions,
    open: (cookie, facts) => openOtherwise(sessions.open, cookie, facts),
  })
}

/** What was opened, with another end. */
export function withCommit(opened: Opened, commit: Opened['commit']): Opened {
  return {
    session: opened.session,
    onUnhandledError: (tell) => opened.onUnhandledError(tell),
    responseClosed: () => opened.responseClosed(),
    commit,
  }
}

/** The end of one request, to be spoilt. */
export interface Attempt<Note> {
  readonly status: number
  /** The good commit, with this request's status unless told otherwise. */
  commit(status?: number): CommitResult | Promise<CommitResult>
  readonly session: Session<AdapterData>
  /** The `Cookie` header. */
  readonly cookie: string | undefined
  /** What was noted of the session when it was opened. */
  readonly before: Note
  /** Opens the session of the same cookie once more. */
  reopen(): Promise<Opened>
}

/** Sessions that are committed in another way. */
export function committing(spoil: (attempt: Attempt<undefined>) => CommitResult | Promise<CommitResult>) {
  return noting(() => undefined, spoil)
}

/** Sessions that are committed in another way, by comparison with what was noted when they were opened. */
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

/** Sessions whose good commitments are changed. */
export function changing(change: (commitment: CommitResult) => CommitResult) {
  return committing(async ({ commit }) => change(await commit()))
}

type Request = Parameters<SessionMiddleware>[0]
type Method = (...values: unknown[]) => unknown

/** A response as sabotage sees it. */
export interface Response extends Record<'setHeader' | 'removeHeader' | 'writeHead' | 'write' | 'end', Method> {
  readonly statusCode: number
  readonly destroyed: boolean
}

/** The good middleware, with the response spoilt before it is held, or after. */
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
