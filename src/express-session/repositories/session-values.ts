import { DataNotEncodableError } from '../../errors.js'
import type { Cookie, CookieData } from '../api/cookie.js'

/** The application's values as JSON, without the cookie. Throws `DataNotEncodableError`, which names the value at fault. */
export function valuesJson(session: object): string {
  if (isEmpty(session)) return '{}'
  const { cookie: _, ...values } = session as Record<string, unknown>
  try {
    return JSON.stringify(values)
  } catch (error) {
    encodeValues(values)
    throw new DataNotEncodableError('data', 'has no JSON form', error)
  }
}

/** A new session that nothing was put into. */
function isEmpty(session: object): boolean {
  for (const name in session) if (name !== 'cookie') return false
  return true
}

/** Each of these values as JSON, by its key. Throws as `valuesJson` does. */
export function encodeValues(session: object): Map<string, string> {
  const fields = new Map<string, string>()
  for (const [key, value] of Object.entries(session)) {
    if (key === 'cookie') continue
    try {
      const json = JSON.stringify(value) as string | undefined
      if (json !== undefined) fields.set(key, json)
    } catch (error) {
      throw new DataNotEncodableError(key, 'has no JSON form', error)
    }
  }
  return fields
}

/** The settings of a cookie, without its expiry, which moves with every request. */
export function cookieJson(cookie: Cookie | CookieData | undefined): string {
  const { originalMaxAge, partitioned, priority, secure, httpOnly, domain, path, sameSite } = cookie ?? {}
  return JSON.stringify([originalMaxAge, partitioned, priority, secure, httpOnly, domain, path, sameSite])
}

/** Whether a change only removes values, at any depth, as a sign-out does. It may leave `passport: {}` or `user: null` behind. */
export function onlyRemoves(before: string, after: string): boolean {
  return isRestOf(JSON.parse(before), JSON.parse(after))
}

function isRestOf(whole: unknown, rest: unknown): boolean {
  if (rest === null || rest === false || Object.is(whole, rest)) return true
  if (typeof whole !== 'object' || typeof rest !== 'object' || whole === null) return false
  if (Array.isArray(whole) || Array.isArray(rest)) {
    return Array.isArray(whole) && Array.isArray(rest) && isRestOfList(whole, rest)
  }
  const values = new Map(Object.entries(whole))
  return Object.entries(rest).every(([key, value]) => isRestOf(values.get(key), value))
}

/** In the same order, each from an element of its own. */
function isRestOfList(whole: readonly unknown[], rest: readonly unknown[]): boolean {
  let next = 0
  return rest.every((value) => {
    const index = whole.findIndex((candidate, index) => index >= next && isRestOf(candidate, value))
    next = index + 1
    return index >= 0
  })
}
