import { isHandle, type Handle, type HandlePage } from '../../store.js'

/** No request is open for longer than this, so a revocation need not be remembered for longer. */
export const markLifetimeMs = 86_400_000
/** How many entries one command reads or drops, so that no command takes a millisecond of the server. */
export const pageSize = 200
/** The member that is the mark of a revocation; its score is the moment. */
export const markMember = '-'
/** A mark that is later than the present by more than this was left while a clock was wrong, and counts for nothing. In microseconds. */
export const toleranceMicroseconds = 60_000_000

/** A session to be entered in the index of a user. */
export interface Entering {
  readonly handle: Handle
  /** In whole microseconds of the server's time, like all moments here. */
  readonly openedAt: number
  /** In whole milliseconds, at least 1. */
  readonly lifetimeMs: number
  readonly limit: number | undefined
  /** The key of the session, if it must exist. */
  readonly recordKey: string | undefined
}

/** The result of `UserCalls.add`. `mark` is the moment of the revocation; `undefined` if the request was opened too long ago. */
export type Entered =
  | { readonly status: 'added'; readonly others: number }
  | { readonly status: 'full' | 'absent' }
  | { readonly status: 'revoked'; readonly mark: number | undefined }

/** What a script that enters a session replies, after the nonce; `undefined` if it is something else. */
export function readEntered([status, detail]: readonly unknown[]): Entered | undefined {
  switch (String(status)) {
    case 'added':
      return { status: 'added', others: Number(detail) }
    case 'full':
    case 'absent':
      return { status: String(status) as 'full' | 'absent' }
    case 'revoked':
      return { status: 'revoked', mark: Number(detail) || undefined }
    default:
      return undefined
  }
}

/** The calls of a `UserIndex` at the key of one user. */
export interface UserCalls {
  add(key: string, entering: Entering): Promise<Entered>
  /** `mark` is the moment of the revocation. */
  revoke(key: string): Promise<HandlePage & { readonly mark: number }>
  list(key: string, after: string | undefined): Promise<HandlePage>
  drop(key: string, handles: readonly Handle[]): Promise<void>
}

/** The page of a `ZSCAN` reply: the next cursor, and members with their scores. */
export function readPage(cursor: unknown, members: readonly unknown[]): HandlePage {
  const after = String(cursor) === '0' ? undefined : String(cursor)
  return { handles: members.map(String).filter(isHandle), after }
}
