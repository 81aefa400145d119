import type { StoreUnavailableError } from '../errors.js'

/** The operating system's error codes for connections that were refused, cut or never made. */
const codes = new Set([
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTCONN',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
])

// Clients wrap the system's error, seldom more than twice.
const mostCauses = 4

/**
 * Whether an error means that a server could not be reached at all. Any other error may be about one record, argument or handler, and
 * says nothing about other sessions.
 */
export function isUnreachable(error: unknown): boolean {
  let current = error
  for (let depth = 0; depth < mostCauses && typeof current === 'object' && current !== null; depth++) {
    const { reason, code, errors, cause } = current as Partial<StoreUnavailableError> & {
      readonly code?: unknown
      readonly errors?: unknown
    }
    if (reason === 'unreachable' || (typeof code === 'string' && codes.has(code))) return true
    // When several addresses were tried, one error stands for all.
    current = cause ?? (Array.isArray(errors) ? (errors as readonly unknown[])[0] : undefined)
  }
  return false
}
