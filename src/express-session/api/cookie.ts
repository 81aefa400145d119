import { serialize, type CookieSerializeOptions } from 'cookie'
import depd from 'depd'

// Its messages name the application's line that called this file.
const deprecate = depd('express-session')

interface CookieAttributes {
  /** Default `'/'`. The middleware ignores requests whose path does not begin with it. */
  path?: string | undefined
  domain?: string | undefined
  /** Default `true`. */
  httpOnly?: boolean | undefined
  /** `'auto'`: only if the request that creates the session is secure. */
  secure?: boolean | 'auto' | undefined
  /** `'auto'`: `none` if the request that creates the session is secure, else `lax`. */
  sameSite?: boolean | 'lax' | 'strict' | 'none' | 'auto' | undefined
  partitioned?: boolean | undefined
  priority?: 'low' | 'medium' | 'high' | undefined
}

/** How the session cookie is set. */
export interface CookieOptions extends CookieAttributes {
  /** Lifetime in ms from now. Of this and `expires`, the one given last counts. Default `null`: until the browser closes. */
  maxAge?: number | null | undefined
  expires?: Date | null | undefined
  signed?: boolean | undefined
  encode?: ((value: string) => string) | undefined
}

/** A cookie as it is stored. */
export interface CookieData extends CookieAttributes {
  originalMaxAge?: number | null | undefined
  expires?: Date | string | null | undefined
}

// oxlint-disable-next-line typescript/no-unsafe-declaration-merging -- The constructor sets each of these.
export interface Cookie extends CookieAttributes {
  /** What `maxAge` was last set to, in ms; `null` for a cookie that lasts until the browser closes. */
  originalMaxAge: number | null
  signed?: boolean | undefined
  /** Where stores look for the field. */
  _expires: Date | null
}

/** The cookie of a stored session. */
export function restoreCookie(stored: Cookie | CookieData): Cookie {
  const { expires, originalMaxAge } = stored
  const cookie = new Cookie(stored)
  if (typeof expires === 'string') cookie.expires = new Date(expires)
  cookie.originalMaxAge = originalMaxAge as number | null
  return cookie
}

/** The cookie of one session. `expires` and `maxAge` are two views of the same moment. */
export class Cookie {
  constructor(options?: CookieOptions | CookieData | null) {
    this.path = '/'
    this._expires = null
    this.originalMaxAge = null
    this.httpOnly = true
    if (options) this.#assign(options)
    this.originalMaxAge ??= this.maxAge
  }

  #assign(options: object): void {
    if (typeof options !== 'object') throw new TypeError('argument options must be an object')
    // In their order, so that the last one of expires and maxAge counts. `data` has no setter.
    const [self, values] = [this as Record<string, unknown>, options as Readonly<Record<string, unknown>>]
    for (const name in values) if (name !== 'data' && name !== '__proto__') self[name] = values[name]
  }

  /** Setting it also sets `originalMaxAge` to the time until then. */
  set expires(date: Date | null | undefined) {
    this._expires = date as Date | null
    this.originalMaxAge = this.maxAge
  }

  get expires(): Date | null {
    return this._expires
  }

  set maxAge(value: number | Date | null | undefined) {
    if (value && typeof value !== 'number' && !(value instanceof Date)) {
      throw new TypeError('maxAge must be a number of milliseconds or a Date')
    }
    if (value instanceof Date) deprecate('maxAge as a Date; set a number of milliseconds, or expires')
    if (typeof value === 'number') {
      this._expires = new Date(Date.now() + value)
      // Not the time left a moment later, which would shrink with every request that sets it again.
      this.originalMaxAge = value
    } else this.expires = value
  }

  /** The time left, in ms; negative if it has expired; `null` for a cookie that lasts until the browser closes. */
  get maxAge(): number | null {
    return this.expires instanceof Date ? this.expires.valueOf() - Date.now() : this.expires
  }

  /** What is stored of it, in this order. */
  get data(): CookieData {
    return {
      originalMaxAge: this.originalMaxAge,
      partitioned: this.partitioned,
      priority: this.priority,
      expires: this._expires,
      secure: this.secure,
      httpOnly: this.httpOnly,
      domain: this.domain,
      path: this.path,
      sameSite: this.sameSite,
    }
  }

  /** A `Set-Cookie` header. Throws a TypeError for an attribute that cannot be in one. */
  serialize(name: string, value: string): string {
    return serialize(name, value, this.data as CookieSerializeOptions)
  }

  toJSON(): CookieData {
    return this.data
  }
}
