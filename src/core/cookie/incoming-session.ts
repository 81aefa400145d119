import { emitEvent } from '../../events.js'
import type { Handle, StoredRecord } from '../../store.js'
import type { SessionRecord } from '../record/record.js'
import type { CookieChoice } from '../request/request-context.js'
import type { StoreOperation, StoreOperations } from '../store-operations.js'
import { findCookies } from './cookie.js'
import { parseToken, type Token } from './token.js'
import { verifyToken, type TokenStatus, type Verification } from './verify-token.js'

/** The session that a request came with. */
export interface IncomingSession {
  readonly tokenStatus: TokenStatus
  /** What the token leads to; absent with the status `none`. With `replaced-by-sign-in`, the request must not read it. */
  readonly record?: SessionRecord
  /** Other active sessions whose tokens the request sent, in further cookies of the same name. */
  readonly others?: readonly Handle[]
  /** Whether the request sent a session cookie, valid or not. */
  readonly hasCookie: boolean
  /** The session whose former secret the request sent, long after it was replaced. */
  readonly reused?: ReusedSession
}

export interface ReusedSession {
  readonly handle: Handle
  readonly userId: string | undefined
}

/** The session cookies of a request. */
export interface CookieTokens {
  readonly hasCookie: boolean
  /** The well-formed values, each once. */
  readonly tokens: readonly Token[]
}

/** Browsers send one cookie for each domain, path and partition that it was set with. More than this are not worth the store calls. */
const maxTokens = 4

const noCookie: CookieTokens = { hasCookie: false, tokens: [] }
const malformed: CookieTokens = { hasCookie: true, tokens: [] }

export function readTokens(cookieHeader: string | undefined, { cookie }: CookieChoice): CookieTokens {
  const values = findCookies(cookieHeader, cookie.name)
  const [first] = values
  if (first === undefined) return noCookie
  if (values.length === 1) {
    const token = parseToken(first)
    return token === undefined ? malformed : { hasCookie: true, tokens: [token] }
  }
  const tokens = [...new Set(values)].map(parseToken).filter((token) => token !== undefined)
  return { hasCookie: true, tokens: tokens.slice(0, maxTokens) }
}

/**
 * Looks the tokens up, and resolves to what `use` makes of the session that they give access to. Rejects with `RecordMismatchError` if the store
 * returns another session's record.
 */
export function findSession<Result>(
  operations: StoreOperations,
  tokens: readonly Token[],
  choice: CookieChoice,
  use: (incoming: IncomingSession) => Result,
): Promise<Result> {
  const [first, ...others] = tokens
  if (first !== undefined && others.length === 0) {
    return operations.load(first.handle, (stored, operation) => {
      const verification = verify(operation, stored, first)
      if (verification.status !== 'current') return use(chooseSession([verification], tokens, choice))
      return use({ tokenStatus: 'current', record: verification.record, hasCookie: true })
    })
  }
  return operations.run(async (operation) => {
    const verifyOne = async (token: Token): Promise<Verification> =>
      verify(operation, await operation.load(token.handle), token)
    return use(chooseSession(await Promise.all(tokens.map(verifyOne)), tokens, choice))
  })
}

function verify(operation: StoreOperation, stored: StoredRecord | undefined, token: Token): Verification {
  const verification = verifyToken(stored, token, operation.policy, operation.now())
  if (verification.status === 'mismatch') throw operation.mismatch(token.handle)
  return verification
}

/** Of several active sessions, the request gets the one that began last, or none. `end()` ends them all. */
function chooseSession(
  verifications: readonly Verification[],
  tokens: readonly Token[],
  { cookie }: CookieChoice,
): IncomingSession {
  const [newest, ...older] = recordsWith('current', verifications)
  if (newest !== undefined) {
    const others = older.map(({ head }) => head.handle)
    if (others.length > 0) {
      const handles = [newest.head.handle, ...others]
      emitEvent('duplicate-cookie', { name: cookie.name, handles })
      // Another host may have set one of them, and it is not known which.
      if (!cookie.isOfThisHost) return { tokenStatus: 'none', others: handles, hasCookie: true }
    }
    return { tokenStatus: 'current', record: newest, others, hasCookie: true }
  }
  for (const tokenStatus of ['rotated', 'replaced-by-sign-in'] as const) {
    const [record] = recordsWith(tokenStatus, verifications)
    if (record !== undefined) return { tokenStatus, record, hasCookie: true }
  }
  tokens.forEach(({ handle }, index) => emitRejection(handle, verifications[index]))
  const index = verifications.findIndex(({ status }) => status === 'reused')
  const [token, verification] = [tokens[index], verifications[index]]
  if (token === undefined || verification?.status !== 'reused') return { tokenStatus: 'none', hasCookie: true }
  return { tokenStatus: 'none', hasCookie: true, reused: { handle: token.handle, userId: verification.userId } }
}

/** The records of this status, each session once, the newest first. */
function recordsWith(status: TokenStatus, verifications: readonly Verification[]): readonly SessionRecord[] {
  const found = new Map<string, SessionRecord>()
  for (const verification of verifications)
    if ('record' in verification && verification.status === status)
      found.set(verification.record.head.handle, verification.record)
  return [...found.values()].sort(
    ({ head: one }, { head: other }) => other.beganAt - one.beganAt || one.handle.localeCompare(other.handle),
  )
}

/** Publishes why a token gives no access. */
function emitRejection(handle: Handle, verification: Verification | undefined): void {
  if (verification?.status === 'unreadable')
    return emitEvent('record-unreadable', { handle, reason: verification.reason })
  if (verification?.status === 'expired') return emitEvent('expired', { handle, userId: verification.userId })
  emitEvent(verification?.status === 'reused' ? 'secret-reused' : 'unknown-token', { handle })
}
