import { InvalidOptionError } from '../errors.js'
import type { CookieOptions, SessionsOptions, TimeoutOptions } from '../options.js'
import type { SessionStore } from '../store.js'
import { makeCookie, type Cookie } from './cookie/cookie.js'
import { checkOptionNames, refuseMistaken } from '../options/names.js'
import { parseDeadline, parseTimeout, type Duration } from '../options/duration.js'
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
  readonly deadlineMs: number
  /** How long a record remembers a write: longer than whoever made it may still ask whether it was done. */
  readonly markLifetimeMs: number
  readonly maxDataBytes: number
  readonly cookie: Cookie
  /** For plain HTTP while developing; absent when it may not be used. */
  readonly developmentCookie: Cookie | undefined
  /** Whether any plain-HTTP request is given it, and not only one from this machine itself. */
  readonly developsAnywhere: boolean
}

// Browsers keep no cookie for longer. (RFC 6265bis; CK-8)
const maxCookieAgeMs = 400 * 86_400_000
const timeoutOptions = ['idleTimeout', 'absoluteTimeout']
const optionNames = [...timeoutOptions, 'store', 'remember', 'rotationGrace', 'deadline', 'maxDataBytes', 'cookie']

/** Checks the options; throws `InvalidOptionError`. */
export function makePolicy(options: SessionsOptions, production: boolean): Policy {
  checkOptionNames('options', options, optionNames, {
    client: 'pass { store: redisStore({ client }) }',
    store: 'pass { store }',
    'callback-store': 'pass { store: callbackStore({ store }) }',
  })
  checkStore(options.store)
  const { remember = {}, rotationGrace = '10s', deadline = '1s', maxDataBytes = 65_536, cookie } = options
  if (!Number.isSafeInteger(maxDataBytes) || maxDataBytes < 2) {
    throw new InvalidOptionError('maxDataBytes', 'must be a whole number of bytes')
  }
  checkOptionNames('remember', remember, timeoutOptions)
  const deadlineMs = parseDeadline(deadline)
  return {
    usual: parseTimeouts('', options, '30m', '12h'),
    remembered: parseTimeouts('remember.', remember, '14d', '90d'),
    rotationGraceMs: parseTimeout('rotationGrace', rotationGrace, 100),
    deadlineMs,
    markLifetimeMs: 2 * deadlineMs + 500,
    maxDataBytes,
    cookie: makeCookie(cookie),
    developmentCookie: mayDevelop(cookie, production) ? makeDevelopmentCookie(cookie) : undefined,
    developsAnywhere: cookie?.development === true,
  }
}

function checkStore(store: Partial<SessionStore> | undefined): void {
  if (store === undefined) return
  refuseMistaken('store', store, {
    client: "pass redisStore({ client }) of 'sessera/redis'",
    sessions: 'pass a store, such as redisStore({ client })',
  })
  if (store !== null && 'get' in Object(store)) {
    throw new InvalidOptionError(
      'store',
      "is one for express-session: use redisStore of 'sessera/redis', or hand it to callbackStore of 'sessera/callback-store'",
    )
  }
  const verbs = ['now', 'load', 'insert', 'replace', 'remove', 'close'] as const
  const missing = verbs.find((verb) => typeof (store as SessionStore | null)?.[verb] !== 'function')
  if (missing !== undefined) throw new InvalidOptionError('store', `is not a session store: it has no ${missing}()`)
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
  if (absoluteMs > maxCookieAgeMs) throw new InvalidOptionError(`${prefix}absoluteTimeout`, 'must be 400 days at most')
  if (options.idleTimeout !== undefined && idleMs > absoluteMs) {
    throw new InvalidOptionError(`${prefix}idleTimeout`, `must not be longer than ${prefix}absoluteTimeout`)
  }
  return { idleMs: Math.min(idleMs, absoluteMs), absoluteMs }
}

function mayDevelop({ secure, development }: CookieOptions = {}, production: boolean): boolean {
  if (development !== undefined && typeof development !== 'boolean') {
    throw new InvalidOptionError('cookie.development', 'must be true or false')
  }
  if (development === true && production) {
    throw new InvalidOptionError(
      'cookie.development',
      "must not be true while NODE_ENV is 'production'; serve HTTPS there, and let the framework trust your proxy",
    )
  }
  return !production && secure !== false && development !== false
}

// Without Secure there can be no prefix, and no attribute that needs it; a loopback host is in nobody's domain. It is another name
// than over HTTPS, and a name for each application.
function makeDevelopmentCookie({ name = '__Host-session', path, sameSite }: CookieOptions = {}): Cookie {
  const bareName = name.replace(/^__(?:Host|Secure)-/, '')
  return makeCookie({
    name: bareName === name ? `${name}-dev` : bareName,
    secure: false,
    ...(path === undefined ? {} : { path }),
    ...(sameSite === 'strict' ? { sameSite } : {}),
  })
}

/** The timeouts that hold for a record. */
export function timeoutsFor(policy: Policy, head: Pick<RecordHead, 'remembered'>): Timeouts {
  return head.remembered ? policy.remembered : policy.usual
}

/** When the session ends however much it is used, ms since the epoch. */
export function absoluteDeadline(policy: Policy, head: Pick<RecordHead, 'remembered' | 'beganAt'>): number {
  return head.beganAt + timeoutsFor(policy, head).absoluteMs
}

/** When the session ends unless it is used again, ms since the epoch. */
export function expiresAt(policy: Policy, head: Pick<RecordHead, 'remembered' | 'beganAt' | 'lastSeenAt'>): number {
  return Math.min(head.lastSeenAt + timeoutsFor(policy, head).idleMs, absoluteDeadline(policy, head))
}

/** Whether the session is still alive, whatever the store's own expiry did. (TO-3, CVE-2024-35220) */
export function isAlive(policy: Policy, head: RecordHead, now: number): boolean {
  return now < expiresAt(policy, head)
}

/** Whether a tenth of the idle time has passed: then a request that only read moves the expiry. (TO-6) */
export function needsRenewal(policy: Policy, head: RecordHead, now: number): boolean {
  return now - head.lastSeenAt >= timeoutsFor(policy, head).idleMs / 10
}
