import type { Preset } from '../options.js'
import { formatDuration } from '../options/duration.js'
import type { SessionStore } from '../store.js'
import type { Cookie } from './cookie/cookie.js'
import type { Policy } from './policy.js'
import { cookieNameRules, timeoutLimits } from './preset.js'
import type { Timeouts } from './timeouts.js'

/** One thing that is in force. */
export interface PolicySetting {
  /** The option of `createSessions`, or what else it is. */
  readonly name: string
  /** Durations are text as in options, such as `30m`. */
  readonly value: string | number | boolean
  /** The requirements that it meets, or is documented for; none if it meets none. */
  readonly rules: readonly string[]
}

/** What is in force. Can be passed to `JSON.stringify`; as text, it is a table. Has no secrets. */
export interface PolicyReport {
  readonly preset: Preset | 'none'
  readonly settings: readonly PolicySetting[]
  /** A table. */
  toString(): string
}

/** What is in force, with the requirements of ASVS 5.0, NIST SP 800-63B-4 and PCI DSS 4.0.1 that it meets. (ASVS 7.1.1, 7.1.2) */
export function reportPolicy(policy: Policy, store: SessionStore): PolicyReport {
  const { preset = 'none', usual, remembered, rotationGraceMs, deadlineMs, maxDataBytes } = policy
  const settings = [
    ...timeoutsOf('', usual),
    ...timeoutsOf('remember.', remembered),
    ...limitsOf(policy),
    setting('token', '192 random bits, checked by the server', ['ASVS 7.2.1', 'ASVS 7.2.2', 'ASVS 7.2.3']),
    setting('signIn', 'a new token; the old one opens nothing', ['ASVS 7.2.4']),
    setting('rotationGrace', formatDuration(rotationGraceMs)),
    ...cookieSettings(policy),
    ...storeSettings(store),
    setting('deadline', formatDuration(deadlineMs)),
    setting('maxDataBytes', maxDataBytes),
  ]
  const report: PolicyReport = { preset, settings }
  return Object.defineProperty(report, 'toString', { value: () => textOf(report) })
}

function setting(name: string, value: PolicySetting['value'], rules: readonly string[] = []): PolicySetting {
  return { name, value, rules }
}

function timeoutsOf(prefix: string, { idleMs, absoluteMs }: Timeouts): readonly PolicySetting[] {
  const rulesMet = (kind: 'idle' | 'absolute', ms: number): readonly string[] =>
    Object.values<(typeof timeoutLimits)[Preset]>(timeoutLimits)
      .map((limits) => limits[kind])
      .flatMap((limit) => (limit !== undefined && ms <= limit.ms ? [limit.rule] : []))
  return [
    setting(`${prefix}idleTimeout`, formatDuration(idleMs), ['ASVS 7.3.1', ...rulesMet('idle', idleMs)]),
    setting(`${prefix}absoluteTimeout`, formatDuration(absoluteMs), [
      'ASVS 7.3.2',
      ...rulesMet('absolute', absoluteMs),
    ]),
  ]
}

function limitsOf({ maxSessionsPerUser: most, onOverflow }: Policy): readonly PolicySetting[] {
  const limit = most === Infinity ? 'no limit' : most
  return [
    setting('maxSessionsPerUser', typeof limit === 'function' ? 'a function of the user' : limit, ['ASVS 7.1.2']),
    ...(limit === 'no limit' ? [] : [setting('onOverflow', onOverflow, ['ASVS 7.1.2'])]),
  ]
}

function cookieSettings({ cookie, developmentCookie, developsAnywhere }: Policy): readonly PolicySetting[] {
  const developing = developsAnywhere ? 'all plain-HTTP requests' : 'plain-HTTP requests from this machine'
  return [
    setting('cookie.name', cookie.name, rulesOfName(cookie)),
    setting('cookie.secure', cookie.secure, cookie.secure ? ['ASVS 3.3.1'] : []),
    setting('cookie.httpOnly', true, ['ASVS 3.3.4']),
    // Whether `none` suits the purpose of the cookie, only the application knows.
    setting('cookie.sameSite', cookie.sameSite, cookie.sameSite === 'none' ? [] : ['ASVS 3.3.2']),
    setting('cookie.domain', cookie.domain ?? 'this host only'),
    setting('cookie.path', cookie.path),
    setting('cookie.partitioned', cookie.partitioned),
    setting(
      'cookie.development',
      developmentCookie === undefined ? 'never' : `${developmentCookie.name}: ${developing}`,
    ),
  ]
}

function rulesOfName(cookie: Cookie): readonly string[] {
  return Object.entries(cookieNameRules).flatMap(([rule, isMet]) => (isMet(cookie) ? [rule] : []))
}

function storeSettings({ kind = 'custom', atomicity, users, list }: SessionStore): readonly PolicySetting[] {
  const endsUsers = users === undefined ? [] : ['ASVS 7.4.2', 'ASVS 7.4.3', 'ASVS 7.4.5', 'ASVS 7.5.2']
  return [
    setting('store', kind),
    setting('store.atomicity', atomicity),
    setting('store.users', users !== undefined, endsUsers),
    setting('store.list', list !== undefined),
  ]
}

/** A table with a line for each setting. */
function textOf({ preset, settings }: PolicyReport): string {
  const lines = [setting('preset', preset), ...settings]
  const widthOf = (column: 'name' | 'value'): number => Math.max(...lines.map((line) => String(line[column]).length))
  const [nameWidth, valueWidth] = [widthOf('name'), widthOf('value')]
  return lines
    .map(({ name, value, rules }) =>
      `${name.padEnd(nameWidth)}  ${String(value).padEnd(valueWidth)}  ${rules.join(', ')}`.trimEnd(),
    )
    .join('\n')
}
