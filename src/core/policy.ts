import { isUserLimit, type UserLimit } from '../engine/user-limit.js'
import type { CookieOptions, SessionsOptions, TimeoutOptions } from '../options.js'
import { checkOption } from '../options/check-option.js'
import { parseDeadline, parseTimeout, type Duration } from '../options/duration.js'
import { checkOptionNames } from '../options/check-option-names.js'
import { rejectCommonMistake } from '../options/common-mistakes.js'
import type { SessionStore } from '../store.js'
import { makeCookie, type Cookie } from './cookie/cookie.js'
import type { RecordHead } from './record/record.js'

/** A pair of timeouts in ms. */
export interface Timeouts {
  readonly idleMs: number
  readonly absoluteMs: number
}

/** The options, checked and with their defaults. */
export interface Policy {
  readonly usual: Timeouts
  readonly remembered: Timeouts
  readonly rotationGraceMs: number
  readonly onSecretReuse: 'report' | 'end'
  readonly deadlineMs: number
  /** How long a record keeps the mark of a write: longer than the writer may look for it. */
  readonly markLifetimeMs: number
  readonly maxDataBytes: number
  /** `Infinity` for no limit. */
  readonly maxSessionsPerUser: UserLimit
  readonly onOverflow: 'end-oldest' | 'refuse'
  /** Finds the user in the data, if the application writes it there itself. */
  readonly userIdOf: ((data: Record<string, unknown>) => unknown) | undefined
  readonly cookie: Cookie
  /** For plain HTTP during development; `undefined` if it must not be used. */
  readonly developmentCookie: Cookie | undefined
  /** Whether to help with mistakes, because `NODE_ENV` is not `production`. */
  readonly developing: boolean
  /** Whether every plain-HTTP request gets the development cookie, not only requests from this machine. */
  readonly developsAnywhere: boolean
}

// Browsers keep no cookie longer than this. (RFC 6265bis; CK-8)
const maxCookieAgeMs = 400 * 86_400_000
const timeoutOptions = ['idleTimeout', 'absoluteTimeout']
const optionNames = [
  ...timeoutOptions,
  'store',
  'remember',
  'rotationGrace',
  'onSecretReuse',
  'userId',
  'maxSessionsPerUser',
  'onOverflow',
  'deadline',
  'maxDataBytes',
  'cookie',
]

/** Checks the options. Throws `InvalidOptionError`. */
export function makePolicy(options: SessionsOptions, production: boolean): Policy {
  checkOptionNames('options', options, optionNames, {
    client: 'pass { store: redisStore({ client }) }',
    store: 'pass { store }',
    'callback-store': 'pass { store: callbackStore({ store }) }',
  })
  if (options.store !== undefined) checkStore(options.store)
  const { remember = {}, rotationGrace = '10s', deadline = '1s', maxDataBytes = 65_536, cookie } = options
  const { onSecretReuse = 'report' } = options
  checkOption(['report', 'end'].includes(onSecretReuse), 'onSecretReuse', "must be 'report' or 'end'")
  const isSize = Number.isSafeInteger(maxDataBytes) && maxDataBytes >= 2
  checkOption(isSize, 'maxDataBytes', 'must be a whole number of bytes')
  checkOptionNames('remember', remember, timeoutOptions)
  const deadlineMs = parseDeadline(deadline)
  return {
    usual: parseTimeouts('', options, '30m', '12h'),
    remembered: parseTimeouts('remember.', remember, '14d', '90d'),
    rotationGraceMs: parseTimeout('rotationGrace', rotationGrace, 100),
    onSecretReuse,
    deadlineMs,
    markLifetimeMs: 2 * deadlineMs + 500,
    maxDataBytes,
    ...parseLimit(options),
    userIdOf: parseUserId(options),
    cookie: makeCookie(cookie),
    developmentCookie: mayDevelop(cookie, production) ? makeDevelopmentCookie(cookie) : undefined,
    developing: !production,
    developsAnywhere: cookie?.development === true,
  }
}

function parseUserId({ userId }: SessionsOptions): Policy['userIdOf'] {
  const isFunction = userId === undefined || typeof userId === 'function'
  checkOption(
    isFunction,
    'userId',
    'must be a function that finds the user id in the data; to sign in, call session.signIn(id)',
  )
  return userId
}

function parseLimit({
  store,
  maxSessionsPerUser = Infinity,
  onOverflow = 'end-oldest',
}: SessionsOptions): Pick<Policy, 'maxSessionsPerUser' | 'onOverflow'> {
  checkOption(
    isUserLimit(maxSessionsPerUser),
    'maxSessionsPerUser',
    'must be a whole number greater than zero, or a function of the user id',
  )
  const isKnown = ['end-oldest', 'refuse'].includes(onOverflow)
  checkOption(isKnown, 'onOverflow', "must be 'end-oldest' or 'refuse'")
  const isKept = maxSessionsPerUser === Infinity || store === undefined || store.users !== undefined
  checkOption(isKept, 'maxSessionsPerUser', 'needs a store that knows the sessions of a user, such as redisStore')
  return { maxSessionsPerUser, onOverflow }
}

const storeMethods = ['now', 'load', 'insert', 'replace', 'remove', 'close'] as const

function checkStore(store: Partial<SessionStore> | null): void {
  rejectCommonMistake('store', store, {
    client: "pass redisStore({ client }) of 'sessera/redis'",
    sessions: 'pass a store, such as redisStore({ client })',
  })
  checkOption(
    store === null || !('get' in Object(store)),
    'store',
    "is a store for express-session: use redisStore of 'sessera/redis', or pass it to callbackStore of 'sessera/callback-store'",
  )
  const missing = storeMethods.find((method) => typeof store?.[method] !== 'function')
  checkOption(missing === undefined, 'store', `is not a session store: it has no ${missing}()`)
}

function parseTimeouts(
  prefix: string,
  options: TimeoutOptions,
  idleDefault: Duration,
  absoluteDefault: Duration,
): Timeouts {
  const { idleTimeout = idleDefault, absoluteTimeout = absoluteDefault } = options
  const absoluteMs = parseTimeout(`${prefix}absoluteTimeout`, absoluteTimeout)
  const idleMs = parseTimeout(`${prefix}idleTimeout`, idleTimeout)
  checkOption(absoluteMs <= maxCookieAgeMs, `${prefix}absoluteTimeout`, 'must be 400 days at most')
  const fits = options.idleTimeout === undefined || idleMs <= absoluteMs
  checkOption(fits, `${prefix}idleTimeout`, `must not be longer than ${prefix}absoluteTimeout`)
  return { idleMs: Math.min(idleMs, absoluteMs), absoluteMs }
}

function mayDevelop({ secure, development }: CookieOptions = {}, production: boolean): boolean {
  const isValid = development === undefined || typeof development === 'boolean'
  checkOption(isValid, 'cookie.development', 'must be true or false')
  checkOption(
    !production || development !== true,
    'cookie.development',
    "must not be true while NODE_ENV is 'production'; serve HTTPS there, and let the framework trust your proxy",
  )
  return !production && secure !== false && development !== false
}

// Without Secure, a cookie cannot have a prefix or attributes that require it, and a loopback host is in no domain. The name differs
// from the one over HTTPS, and between applications.
function makeDevelopmentCookie({ name = '__Host-session', path, sameSite }: CookieOptions = {}): Cookie {
  const bareName = name.replace(/^__(?:Host|Secure)-/, '')
  return makeCookie({
    name: bareName === name ? `${name}-dev` : bareName,
    secure: false,
    ...(path === undefined ? {} : { path }),
    ...(sameSite === 'strict' ? { sameSite } : {}),
  })
}

/** The timeouts that apply to a record. */
export function timeoutsFor(policy: Policy, head: Pick<RecordHead, 'remembered'>): Timeouts {
  return head.remembered ? policy.remembered : policy.usual
}

/** When the user signed in; `undefined` for an anonymous session. */
export function signedInAt(head: Pick<RecordHead, 'userId' | 'beganAt'> | undefined): number | undefined {
  return head?.userId === undefined ? undefined : head.beganAt
}

/** When the session ends however much it is used, in ms since the epoch. */
export function absoluteDeadline(policy: Policy, head: Pick<RecordHead, 'remembered' | 'beganAt'>): number {
  return head.beganAt + timeoutsFor(policy, head).absoluteMs
}

/** When the session ends unless it is used again, in ms since the epoch. */
export function expiresAt(policy: Policy, head: Pick<RecordHead, 'remembered' | 'beganAt' | 'lastSeenAt'>): number {
  return Math.min(head.lastSeenAt + timeoutsFor(policy, head).idleMs, absoluteDeadline(policy, head))
}

/** Whether the session is alive. Does not rely on the store's own expiry. (TO-3, CVE-2024-35220) */
export function isAlive(policy: Policy, head: RecordHead, now: number): boolean {
  return now < expiresAt(policy, head)
}

/** Whether a tenth of the idle timeout has passed, so that a request that only reads extends the session. (TO-6) */
export function needsRenewal(policy: Policy, head: RecordHead, now: number): boolean {
  return now - head.lastSeenAt >= timeoutsFor(policy, head).idleMs / 10
}
