import type { CookieOptions, Preset, SessionsOptions } from '../options.js'
import { checkOption } from '../options/check-option.js'
import { parseDeadline, parseTimeout } from '../options/duration.js'
import { checkOptionNames } from '../options/check-option-names.js'
import { rejectCommonMistake } from '../options/common-mistakes.js'
import type { SessionStore } from '../store.js'
import { makeCookie, type Cookie } from './cookie/cookie.js'
import { checkCookieBy, checkPreset, limitTimeouts } from './preset.js'
import type { RecordHead } from './record/record.js'
import { parseTimeouts, type Timeouts } from './timeouts.js'
import { parseUserOptions, type UserPolicy } from './users/user-policy.js'

/** The options, checked and with their defaults. */
export interface Policy extends UserPolicy {
  readonly preset: Preset | undefined
  readonly usual: Timeouts
  readonly remembered: Timeouts
  readonly rotationGraceMs: number
  readonly onSecretReuse: 'report' | 'end'
  readonly deadlineMs: number
  /** How long a record keeps the mark of a write: longer than the writer may look for it. */
  readonly markLifetimeMs: number
  readonly maxDataBytes: number
  readonly cookie: Cookie
  /** For plain HTTP during development; `undefined` if it must not be used. */
  readonly developmentCookie: Cookie | undefined
  /** Whether to help with mistakes, because `NODE_ENV` is not `production`. */
  readonly developing: boolean
  /** Whether every plain-HTTP request gets the development cookie, not only requests from this machine. */
  readonly developsAnywhere: boolean
}

const timeoutOptions = ['idleTimeout', 'absoluteTimeout']
const optionNames = [
  ...timeoutOptions,
  'preset',
  'store',
  'remember',
  'rotationGrace',
  'onSecretReuse',
  'journal',
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
  const { preset, remember = {}, rotationGrace = '10s', deadline = '1s', maxDataBytes = 65_536, cookie } = options
  const { onSecretReuse = 'report' } = options
  checkOption(['report', 'end'].includes(onSecretReuse), 'onSecretReuse', "must be 'report' or 'end'")
  checkPreset(preset)
  const isSize = Number.isSafeInteger(maxDataBytes) && maxDataBytes >= 2
  checkOption(isSize, 'maxDataBytes', 'must be a whole number of bytes')
  checkOptionNames('remember', remember, timeoutOptions)
  const deadlineMs = parseDeadline(deadline)
  const sessionCookie = makeCookie(cookie)
  checkCookieBy(preset, cookie, sessionCookie)
  return {
    preset,
    usual: limitTimeouts(preset, '', options, parseTimeouts('', options, '30m', '12h')),
    remembered: limitTimeouts(preset, 'remember.', remember, parseTimeouts('remember.', remember, '14d', '90d')),
    rotationGraceMs: parseTimeout('rotationGrace', rotationGrace, 100),
    onSecretReuse,
    deadlineMs,
    markLifetimeMs: 2 * deadlineMs + 500,
    maxDataBytes,
    ...parseUserOptions(options),
    cookie: sessionCookie,
    developmentCookie: mayDevelop(cookie, production) ? makeDevelopmentCookie(cookie) : undefined,
    developing: !production,
    developsAnywhere: cookie?.development === true,
  }
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
export function signedInAt(
  head: Pick<RecordHead, 'userId' | 'beganAt' | 'signedInAt'> | undefined,
): number | undefined {
  return head?.userId === undefined ? undefined : (head.signedInAt ?? head.beganAt)
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
