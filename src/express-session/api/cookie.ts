import { serialize, type CookieSerializeOptions } from 'cookie'
import depd from 'depd'

// Names the place in the application from which this file was called.
const deprecate = depd('express-session')

/** What the session cookie is sent with. */
export interface CookieOptions {
  /** Lifetime in ms from now. Of this and `expires` the one that comes last counts. Default `null`: until the browser closes. */
  maxAge?: number | null | undefined
  expires?: Date | null | undefined
  /** Default `'/'`. The middleware leaves requests alone whose path does not begin with it. */
  path?: string | undefined
  domain?: string | undefined
  /** Default `true`. */
  httpOnly?: boolean | undefined
  /** `'auto'`: as the request that makes the session is. */
  secure?: boolean | 'auto' | undefined
  /** `'auto'`: `none` where the request that makes the session is secure, else `lax`. */
  sameSite?: boolean | 'lax' | 'strict' | 'none' | 'auto' | undefined
  partitioned?: boolean | undefined
  priority?: 'low' | 'medium' | 'high' | undefined
  signed?: boolean | undefined
  encode?: ((value: string) => string) | undefined
}

/** What is stored of a cookie, in this order. */
export interface CookieData {
  originalMaxAge?: number | null | undefined
  partitioned?: boolean | undefined
  priority?: 'low' | 'medium' | 'high' | undefined
  expires?: Date | string | null | undefined
  secure?: boolean | 'auto' | undefined
  httpOnly?: boolean | undefined
  domain?: string | undefined
  path?: string | undefined
  sameSite?: boolean | 'lax' | 'strict' | 'none' | 'auto' | undefined
}

/** The cookie of one session: `expires` and `maxAge` are two sights of the same moment. */
export class Cookie {
  /** What `maxAge` was when it was last set, in ms; `null` for a cookie that lasts until the browser closes. */
  declare originalMaxAge: number | null
  declare path?: string | undefined
  declare domain?: string | undefined
  declare httpOnly?: boolean | undefined
  declare secure?: boolean | 'auto' | undefined
  declare sameSite?: boolean | 'lax' | 'strict' | 'none' | 'auto' | undefined
  declare partitioned?: boolean | undefined
  declare priority?: 'low' | 'medium' | 'high' | undefined
  declare signed?: boolean | undefined
  /** Where stores find it that look for the field. */
  declare _expires: Date | null

  constructor(options?: CookieOptions | CookieData | null) {
    this.path = '/'
    this.maxAge = null
    this.httpOnly = true
    if (options) this.#assign(options)
    this.originalMaxAge ??= this.maxAge
  }

  #assign(options: object): void {
    if (typeof options !== 'object') throw new TypeError('argument options must be an object')
    // In their order, so that of expires and maxAge the last one wins. `data` has no setter.
    for (const name in options) {
      if (name !== 'data' && name !== '__proto__') Reflect.set(this, name, Reflect.get(options, name))
    }
  }

  /** Sets the moment, and `originalMaxAge` to what is left until then. */
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
    this.expires = typeof value === 'number' ? new Date(Date.now() + value) : value
    // Not what is left a moment later: read back and set again with each request, it would grow shorter and shorter.
    if (typeof value === 'number') this.originalMaxAge = value
  }

  /** Milliseconds that are left, negative when it is over; `null` for a cookie that lasts until the browser closes. */
  get maxAge(): number | null {
    return this.expires instanceof Date ? this.expires.valueOf() - Date.now() : this.expires
  }

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

  /** A whole `Set-Cookie` value. Throws a TypeError for an attribute that has no such form. */
  serialize(name: string, value: string): string {
    return serialize(name, value, this.data as CookieSerializeOptions)
  }

  toJSON(): CookieData {
    return this.data
  }
}
