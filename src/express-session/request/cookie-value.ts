import { findCookies } from '../../core/cookie/cookie.js'

/**
 * The value of the first cookie of this name in a `Cookie` header, decoded: what the package `cookie` returns, without the work of parsing
 * all other cookies.
 */
export function cookieValue(header: string, name: string): string | undefined {
  const [value] = findCookies(header, name)
  return value === undefined ? undefined : decode(withoutQuotes(value))
}

function withoutQuotes(value: string): string {
  return value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
}

function decode(value: string): string {
  if (!value.includes('%')) return value
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
