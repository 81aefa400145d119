import { restoreCookie, type Cookie, type CookieData } from '../api/cookie.js'
import { Session } from '../api/session.js'
import { cookieJson, valuesJson } from './session-values.js'

/** The values that a session had at one moment, to find out whether they were changed since. */
export interface Values {
  /** By `valuesJson`. */
  readonly values: string
  /** Whether `values` are these. */
  hasValues(values: string): boolean
}

/** What a session contained at one moment. */
export interface Contents extends Values {
  /** By `cookieJson`. */
  readonly cookie: string
}

/** The values that a session has now. */
export function valuesOf(session: object): Values {
  return new KnownValues(valuesJson(session))
}

/** What a session contains now. */
export function contentsOf(session: object): Contents {
  return new KnownContents(session)
}

/**
 * What a session contains that was restored from this JSON text, or stored as such. Usually, comparing the text is enough to know that
 * the session was not changed, and the text is not parsed.
 */
export function contentsOfJson(text: string): Contents {
  return new JsonContents(text)
}

class KnownValues implements Values {
  readonly values: string

  constructor(values: string) {
    this.values = values
  }

  hasValues(values: string): boolean {
    return this.values === values
  }
}

class KnownContents extends KnownValues implements Contents {
  readonly cookie: string

  constructor(session: Partial<RestorableSession>) {
    super(valuesJson(session))
    this.cookie = cookieJson(session.cookie)
  }
}

class JsonContents implements Contents {
  readonly #text: string
  #known: Contents | undefined

  constructor(text: string) {
    this.#text = text
  }

  get values(): string {
    return this.#parsed().values
  }

  get cookie(): string {
    return this.#parsed().cookie
  }

  hasValues(values: string): boolean {
    return isCookieAnd(values, this.#text) || this.values === values
  }

  #parsed(): Contents {
    return (this.#known ??= contentsOf(restored(JSON.parse(this.#text) as RestorableSession)))
  }
}

interface RestorableSession {
  cookie: Cookie | CookieData
}

/** As `createSession` restores it: without what would replace a method. */
function restored(data: RestorableSession): Session {
  data.cookie = restoreCookie(data.cookie)
  return new Session({}, data)
}

/** Up to the cookie's end, if the cookie is first and flat. Without a backslash or brace in a string, so that the end is certain. */
const cookieFirst = /\{"cookie":\{(?:[^"{}\\]|"[^"{}\\]*")*\}/y

/** Whether a text is that of a session with these values, as `JSON.stringify` writes it with the cookie first. */
function isCookieAnd(values: string, text: string): boolean {
  cookieFirst.lastIndex = 0
  if (!cookieFirst.test(text)) return false
  const end = cookieFirst.lastIndex
  if (values === '{}') return text.length === end + 1
  return text.length - end === values.length && text[end] === ',' && text.slice(end + 1) === values.slice(1)
}
