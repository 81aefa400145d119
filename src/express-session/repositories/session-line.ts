import type { Fields } from '../../core/record/encode-data.js'
import { changesBetween, merge } from '../../core/record/merge.js'
import { DataNotEncodableError } from '../../errors.js'
import type { Cookie, CookieData } from '../api/cookie.js'
import type { Session } from '../api/session.js'

/** What is known of a session's values: what its changes are counted from. */
export interface Baseline {
  /** The application's values. */
  readonly line: string
  /** How the cookie is set. */
  readonly cookieLine?: string | undefined
}

/** The application's values of a session as one line of JSON: what tells whether it was changed. The cookie is not among them. */
export function lineOf(session: object): string {
  const { cookie: _, ...values } = session as Record<string, unknown>
  try {
    return JSON.stringify(values)
  } catch (error) {
    throw new DataNotEncodableError(keyWithoutJson(values), 'has no JSON form', error)
  }
}

function keyWithoutJson(values: Record<string, unknown>): string {
  for (const [key, value] of Object.entries(values)) {
    try {
      JSON.stringify(value)
    } catch {
      return key
    }
  }
  return 'data'
}

/** How a cookie is set, but for the moment at which it ends, which moves with each request. */
export function cookieLineOf(cookie: Cookie | CookieData | undefined): string {
  const { originalMaxAge, partitioned, priority, secure, httpOnly, domain, path, sameSite } = cookie ?? {}
  return JSON.stringify([originalMaxAge, partitioned, priority, secure, httpOnly, domain, path, sameSite])
}

/**
 * Takes what others stored meanwhile over into a session: what it has not changed itself since `base`. Answers with the keys that
 * both sides changed, to different values; there the session's own stand.
 */
export function adopt(session: Session, base: Baseline, theirs: object): readonly string[] {
  const baseFields = fieldsIn(base.line)
  const mine = fieldsOf(session)
  const merged = merge(baseFields, changesBetween(baseFields, mine), fieldsOf(theirs))
  for (const [key, text] of merged.fields) {
    const isMethod = key in session && !Object.hasOwn(session, key)
    if (mine.get(key) !== text && !isMethod) Reflect.set(session, key, Reflect.get(theirs, key))
  }
  for (const key of mine.keys()) if (!merged.fields.has(key)) Reflect.deleteProperty(session, key)
  adoptCookie(session, base, theirs)
  return merged.conflicts
}

/** A parallel "remember me" must not be undone by a request that only knows the cookie as it was. */
function adoptCookie(session: Session, { cookieLine }: Baseline, { cookie }: { readonly cookie?: CookieData }): void {
  const isMine = cookieLineOf(session.cookie) !== cookieLine
  if (cookie === undefined || isMine || cookieLineOf(cookie) === cookieLine) return
  const { expires: _, ...settings } = cookie
  Object.assign(session.cookie, settings)
  session.touch()
}

/**
 * Whether all that leads from one line to the other is taking values away, at any depth: as a sign-out does, which may leave
 * `passport: {}` behind, or `user: null`.
 */
export function onlyRemoves(from: string, to: string): boolean {
  return isLeftOf(JSON.parse(from), JSON.parse(to))
}

function isLeftOf(whole: unknown, rest: unknown): boolean {
  if (rest === null || rest === false || Object.is(whole, rest)) return true
  if (Array.isArray(whole) || Array.isArray(rest))
    return Array.isArray(whole) && Array.isArray(rest) && areLeftOf(whole, rest)
  if (typeof whole !== 'object' || typeof rest !== 'object' || whole === null) return false
  const given = whole as Record<string, unknown>
  return Object.entries(rest).every(([key, value]) =>
    isLeftOf(Object.hasOwn(given, key) ? given[key] : undefined, value),
  )
}

/** In their order, each of something that was there. */
function areLeftOf(whole: readonly unknown[], rest: readonly unknown[]): boolean {
  let next = 0
  return rest.every((value) => {
    const index = whole.findIndex((candidate, index) => index >= next && isLeftOf(candidate, value))
    next = index + 1
    return index >= 0
  })
}

/** As `fieldsIn(lineOf(session))`, without reading again what was just written. */
function fieldsOf(session: object): Fields {
  const fields = new Map<string, string>()
  try {
    for (const [key, value] of Object.entries(session)) {
      const text = JSON.stringify(value) as string | undefined
      if (key !== 'cookie' && text !== undefined) fields.set(key, text)
    }
    return fields
  } catch {
    return fieldsIn(lineOf(session)) // which says what is wrong
  }
}

// Not as the core reads its own lines: what applications keep here has no bounds.
function fieldsIn(line: string): Fields {
  const values = Object.entries(JSON.parse(line) as Record<string, unknown>)
  return new Map(values.map(([key, value]) => [key, JSON.stringify(value)]))
}
