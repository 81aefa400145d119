import type { IncomingHttpHeaders } from 'node:http'
import type { Session } from '../../core/request/session.js'
import { randomText } from '../../engine/random.js'
import { sessionOn } from '../node/attached-session.js'
import { pathOf, returnPath } from './return-path.js'

/** A form that a guard kept in `session.data.blockedRequest`, until the user has signed in or re-authenticated. */
export interface BlockedRequest {
  readonly method: 'POST'
  /** Path and query on this origin. */
  readonly url: string
  /** The fields, as `application/x-www-form-urlencoded`: `new URLSearchParams(body)` reads them. */
  readonly body: string
  /** Who was signed in; left out for an anonymous visitor. */
  readonly userId?: string
}

/** As it is kept. The redirect names the key, so that nothing is replayed that the user does not come back to. */
interface KeptRequest extends BlockedRequest {
  readonly key: string
}

/** What guards keep in a session, whatever else the application keeps there. */
export type SessionWithForm = Session<{ blockedRequest: KeptRequest | null }>

/** What guards look at. A framework's request, or made of what it has instead. */
export interface GuardedRequest {
  readonly method?: string | undefined
  readonly headers: Readonly<IncomingHttpHeaders>
  readonly originalUrl?: string
  readonly body?: unknown
}

const mostBytes = 16_384
// What must not be written into a store of sessions. The guard then blocks the form as if it could not be kept.
const secretName = /passw|passcode|passphrase|card.?num|cvc|cvv/i

/**
 * Keeps the form of a request that is blocked. Returns the path to come back to, or `undefined` if it cannot be kept: it is not a form that the
 * application parsed into texts, it is too large, has a secret, or another site sent it. Only the last form of a session is kept.
 */
export function keepForm(request: GuardedRequest, session: SessionWithForm): string | undefined {
  const url = pathOf(request.originalUrl)
  if (request.method !== 'POST' || url === undefined || !isFromThisOrigin(request)) return undefined
  const body = encodeForm(request)
  if (body === undefined) return undefined
  const { userId } = session
  const kept: KeptRequest = {
    method: 'POST',
    url,
    body,
    key: randomText(6),
    ...(userId === undefined ? {} : { userId }),
  }
  session.data.blockedRequest = kept
  return keyedPath(kept)
}

/**
 * Takes the form that was blocked and that this request comes back to, by the `return` of its query or body, out of the session; `undefined` if there is
 * none, or another user signed in. A sign-in must `keep` it: `signIn(id, { keep: ['blockedRequest'] })`.
 */
export function blockedRequest(request: object): BlockedRequest | undefined {
  const session = sessionOn(request) as SessionWithForm | undefined
  const kept = session?.data.blockedRequest
  if (session === undefined || !kept || keyedPath(kept) !== returnPath(request)) return undefined
  delete session.data.blockedRequest
  const { key: _, ...blocked } = kept
  return blocked.userId === undefined || blocked.userId === session.userId ? blocked : undefined
}

function keyedPath({ url, key }: KeptRequest): string {
  return `${url}#form-${key}`
}

// Otherwise another site could have its own form sent, once the user has signed in.
function isFromThisOrigin({ headers }: GuardedRequest): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin'
  const { origin = '', host } = headers
  return URL.canParse(origin) && new URL(origin).host === host
}

/** The form as text; empty if the request has none. */
function encodeForm({ headers, body }: GuardedRequest): string | undefined {
  const fields = isPlainObject(body) ? Object.entries(body) : []
  const isEmpty = headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0
  if (isEmpty && fields.length === 0) return ''
  const isForm = /^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(headers['content-type'] ?? '')
  // No fields: nobody parsed the body.
  if (!isForm || fields.length === 0 || fields.some(([name]) => secretName.test(name))) return undefined
  const form = new URLSearchParams()
  for (const [name, value] of fields) {
    const values: unknown[] = Array.isArray(value) ? value : [value]
    if (values.some((item) => typeof item !== 'string')) return undefined
    // Only a parser that knows `name[]` makes a list of one.
    const sentName = Array.isArray(value) && values.length === 1 ? `${name}[]` : name
    for (const item of values) form.append(sentName, item as string)
  }
  const text = form.toString()
  return text.length > mostBytes ? undefined : text
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  // Parsers that are fast give their objects an empty prototype.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
