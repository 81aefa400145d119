import type { CookieOptions, Preset, TimeoutOptions } from '../options.js'
import { checkOption } from '../options/check-option.js'
import { formatDuration } from '../options/duration.js'
import type { Cookie } from './cookie/cookie.js'
import type { Timeouts } from './timeouts.js'

/** The longest time that a text allows. */
interface Limit {
  readonly ms: number
  /** Where it says so. */
  readonly rule: string
}

const minute = 60_000
// For AAL2. Whoever differs from it owes reasons.
const nist = 'ASVS 7.1.1 with NIST SP 800-63B-4 2.2.3'

/** What each text asks of timeouts. What it does not limit is missing. */
export const timeoutLimits: Readonly<Record<Preset, { readonly idle: Limit; readonly absolute?: Limit }>> = {
  'asvs-l2': { idle: { ms: 60 * minute, rule: nist }, absolute: { ms: 24 * 60 * minute, rule: nist } },
  pci: { idle: { ms: 15 * minute, rule: 'PCI DSS 8.2.8' } },
}

/** The rules for the name of a session cookie, and whether it meets them. */
export const cookieNameRules = {
  /** Also the prefix that is not `__Host-` needs Secure. */
  'ASVS 3.3.1': ({ name, secure }: Cookie): boolean => secure && /^__(?:Host|Secure)-/.test(name),
  /** A cookie that only this host is to have. */
  'ASVS 3.3.3': ({ isOfThisHost, domain }: Cookie): boolean => isOfThisHost || domain !== undefined,
}

export function checkPreset(preset: Preset | undefined): void {
  const isKnown = preset === undefined || Object.hasOwn(timeoutLimits, preset)
  checkOption(isKnown, 'preset', "must be 'asvs-l2' or 'pci'")
}

/** The timeouts that the preset allows: defaults are shortened. Throws `InvalidOptionError` for an option that is longer. */
export function limitTimeouts(
  preset: Preset | undefined,
  prefix: string,
  options: TimeoutOptions,
  { idleMs, absoluteMs }: Timeouts,
): Timeouts {
  if (preset === undefined) return { idleMs, absoluteMs }
  const limited = (name: 'idleTimeout' | 'absoluteTimeout', ms: number, limit: Limit | undefined): number => {
    if (limit === undefined || ms <= limit.ms) return ms
    const problem = `is longer than ${formatDuration(limit.ms)}, which preset '${preset}' allows (${limit.rule})`
    checkOption(options[name] === undefined, prefix + name, problem)
    return limit.ms
  }
  const { idle, absolute } = timeoutLimits[preset]
  return {
    idleMs: limited('idleTimeout', idleMs, idle),
    absoluteMs: limited('absoluteTimeout', absoluteMs, absolute),
  }
}

/** Throws `InvalidOptionError` for a cookie that the preset does not allow. */
export function checkCookieBy(preset: Preset | undefined, options: CookieOptions | undefined, cookie: Cookie): void {
  if (preset !== 'asvs-l2') return
  const by = (rule: keyof typeof cookieNameRules): string => `with preset 'asvs-l2' (${rule})`
  checkOption(cookie.secure, 'cookie.secure', `must be true ${by('ASVS 3.3.1')}`)
  const isPrefixed = cookieNameRules['ASVS 3.3.1'](cookie)
  checkOption(isPrefixed, 'cookie.name', `must begin with '__Host-', or with '__Secure-', ${by('ASVS 3.3.1')}`)
  const isOwn = cookieNameRules['ASVS 3.3.3'](cookie)
  const culprit = options?.path === undefined || options.path === '/' ? 'cookie.name' : 'cookie.path'
  const problem = culprit === 'cookie.name' ? "must begin with '__Host-'" : "must be '/', for a name with '__Host-',"
  checkOption(isOwn, culprit, `${problem} unless cookie.domain shares the cookie, ${by('ASVS 3.3.3')}`)
}
