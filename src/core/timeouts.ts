import type { TimeoutOptions } from '../options.js'
import { checkOption } from '../options/check-option.js'
import { parseTimeout, type Duration } from '../options/duration.js'

/** A pair of timeouts in ms. */
export interface Timeouts {
  readonly idleMs: number
  readonly absoluteMs: number
}

// Browsers keep no cookie longer than this. (RFC 6265bis; CK-8)
const maxCookieAgeMs = 400 * 86_400_000

/** Checks a pair of timeouts. `prefix` is what the names of their options begin with. Throws `InvalidOptionError`. */
export function parseTimeouts(
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
