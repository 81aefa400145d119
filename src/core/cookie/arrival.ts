import { findCookies } from './cookie.js'
import { emitEvent } from '../../events.js'
import type { StoreOperation } from '../store-operations.js'
import type { Policy } from '../policy.js'
import { recognise, type Known, type Recognition } from './verify-token.js'
import type { CookieChoice } from '../request/request-context.js'
import type { Arrival } from '../request/state.js'
import { parseToken, type Token } from './token.js'

/** What a request brought under the name of our cookie. */
export interface Brought {
  readonly hasCookie: boolean
  /** Those that we could have issued, each once. */
  readonly tokens: readonly Token[]
}

/** Browsers send a cookie for each domain, path and partition that it was set with; nobody has changed these more often. */
const mostTokens = 4

const nothing: Brought = { hasCookie: false, tokens: [] }

export function readTokens(cookieHeader: string | undefined, { cookie }: CookieChoice): Brought {
  const values = findCookies(cookieHeader, cookie.name)
  if (values.length === 0) return nothing
  const tokens: Token[] = []
  for (const value of new Set(values)) {
    const token = parseToken(value)
    if (token !== undefined && tokens.length < mostTokens) tokens.push(token)
  }
  return { hasCookie: true, tokens }
}

/** Finds what the tokens open. Rejects where the store answers with the record of another session. */
export async function recogniseTokens(
  operation: StoreOperation,
  policy: Policy,
  tokens: readonly Token[],
): Promise<readonly Recognition[]> {
  const recogniseOne = async (token: Token): Promise<Recognition> => {
    const found = recognise(await operation.load(token.handle), token, policy, operation.now())
    if (found.kind === 'foreign') throw operation.mismatch(token.handle)
    return found
  }
  const [only, ...more] = tokens
  if (only === undefined) return []
  return more.length === 0 ? [await recogniseOne(only)] : Promise.all(tokens.map(recogniseOne))
}

/** How a request starts whose tokens turned out to be this. Of several living sessions it may see one, or none, but ends them all. */
export function arrivalOf(
  recognitions: readonly Recognition[],
  { hasCookie, tokens }: Brought,
  { cookie }: CookieChoice,
): Arrival {
  const owned = knownOf(recognitions, 'owner')
  const [superseded] = knownOf(recognitions, 'superseded')
  const [replaced] = knownOf(recognitions, 'replaced')
  const [newest, ...older] = owned
  if (newest !== undefined && older.length > 0) {
    emitEvent('duplicate-cookie', { name: cookie.name, handles: owned.map(({ head }) => head.handle) })
    if (!cookie.isOfThisHost) return { standing: 'stranger', others: owned, hasCookie }
  }
  if (newest !== undefined)
    return { standing: 'owner', handle: newest.head.handle, known: newest, others: older, hasCookie }
  if (superseded !== undefined)
    return { standing: 'superseded', handle: superseded.head.handle, known: superseded, hasCookie }
  if (replaced !== undefined) return { standing: 'replaced', handle: replaced.head.handle, replaced, hasCookie }
  recognitions.forEach((recognition, index) => tellOf(recognition, tokens[index]))
  return { standing: 'stranger', hasCookie }
}

/** Those of a kind, each session once, the one that began last first. */
function knownOf(recognitions: readonly Recognition[], kind: 'owner' | 'superseded' | 'replaced'): readonly Known[] {
  const found = new Map<string, Known>()
  for (const recognition of recognitions)
    if (recognition.kind === kind) found.set(recognition.known.head.handle, recognition.known)
  return [...found.values()].sort(({ head: one }, { head: other }) =>
    one.beganAt === other.beganAt ? one.handle.localeCompare(other.handle) : other.beganAt - one.beganAt,
  )
}

/** What there is to tell about a token that opens nothing. */
function tellOf(recognition: Recognition, token: Token | undefined): void {
  if (token === undefined) return
  const { handle } = token
  switch (recognition.kind) {
    case 'unreadable':
      return emitEvent('record-unreadable', { handle, reason: recognition.reason })
    case 'reused':
      return emitEvent('secret-reused', { handle })
    default:
      emitEvent('unknown-token', { handle })
  }
}
