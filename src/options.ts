import type { Duration } from './options/duration.js'
import type { SessionStore } from './store.js'

/** A pair of timeouts. After either of them the session is over, whatever the cookie or the store says. */
export interface TimeoutOptions {
  /** Ends a session after this long without a request. Default: 30 minutes; 14 days when remembered. (ASVS 7.3.1) */
  readonly idleTimeout?: Duration
  /**
   * Ends a session this long after its creation, last sign-in or last re-authentication, however active it is. Default: 12 hours; 90 days
   * when remembered; at most 400 days. (ASVS 7.3.2)
   */
  readonly absoluteTimeout?: Duration
}

/**
 * A text whose demands on sessions are to be met.
 *
 * - `asvs-l2`: OWASP ASVS 5.0, level 2. It asks for timeouts without naming them, and for reasons where they differ from NIST SP 800-63B
 *   (ASVS 7.1.1): so 1 hour idle and 24 hours absolute at most, also for remembered sessions (NIST SP 800-63B-4, 2.2.3, for AAL2). The cookie is
 *   `Secure` and has a prefix (ASVS 3.3.1), which is `__Host-` unless `cookie.domain` shares it (ASVS 3.3.3).
 * - `pci`: PCI DSS 4.0.1, 8.2.8: 15 minutes idle at most, also for remembered sessions.
 */
export type Preset = 'asvs-l2' | 'pci'

/** Options of `createSessions`. A wrong one throws `InvalidOptionError`, which names it. */
export interface SessionsOptions<Data extends object = Record<string, unknown>> extends TimeoutOptions {
  /**
   * A text to comply with. What the other options leave open is then set as it asks, and one that is laxer throws `InvalidOptionError`, which names the
   * rule. What else the text asks of an application stays the application's. Default: none.
   */
  readonly preset?: Preset
  /** Where sessions are stored. Default: the memory of this process, with a warning in production. */
  readonly store?: SessionStore
  /** The timeouts of remembered sessions, whose cookie outlives the browser. */
  readonly remember?: TimeoutOptions
  /** How long the old secret can still read the session after `rotate()`. Default: 10 seconds. */
  readonly rotationGrace?: Duration
  /**
   * How long `sessions.user(id).journal()` remembers how the user's sessions ended, such as `'30d'`: the last hundred of each user. Default: no journal
   * is kept. Needs a store that can keep one.
   */
  readonly journal?: Duration
  /**
   * What happens when a secret is used that was replaced longer ago than `rotationGrace`, so that either the user or a thief has an old cookie. The
   * request counts as anonymous, and the event `secret-reused` is published. `end` also ends the session. Default: `report`.
   */
  readonly onSecretReuse?: 'report' | 'end'
  /**
   * For applications that write the user into `data` themselves instead of calling `session.signIn`: finds the user id there, or `undefined` if nobody is
   * signed in. When a request changes it, the session gets a new secret and belongs to that user, with all of its data; or ends, if the user
   * changes or goes. It is called with the data of requests that change it.
   */
  readonly userId?: (data: Partial<Data>) => string | number | null | undefined
  /**
   * How many sessions a user may have, or a function of the user id that says so. Exact, also with parallel sign-ins. Needs a store that knows the
   * sessions of a user. Default: no limit. (ASVS 7.1.2)
   */
  readonly maxSessionsPerUser?: number | ((userId: string) => number | Promise<number>)
  /**
   * What a sign-in beyond `maxSessionsPerUser` does: ends the sessions that signed in first (`end-oldest`, the default), or fails with
   * `SessionLimitError` (`refuse`).
   */
  readonly onOverflow?: 'end-oldest' | 'refuse'
  /** Time limit for all store calls of one `open`, `commit`, `update`, `save` or `end`. Default: 1 second. */
  readonly deadline?: Duration
  /** The largest `session.data`, in bytes of JSON. Default: 64 KiB. */
  readonly maxDataBytes?: number
  readonly cookie?: CookieOptions
}

/** How the session cookie is set. It is always `HttpOnly`. */
export interface CookieOptions {
  /** Default: `__Host-session`; `__Secure-session` with a `domain` or a `path`; `session` with `secure: false`. */
  readonly name?: string
  /** Shares the cookie with subdomains, e.g. `example.org`. Default: this host only. */
  readonly domain?: string
  /** Default: `/`. */
  readonly path?: string
  /** Default: `lax`. `none` requires `secure`. */
  readonly sameSite?: 'lax' | 'strict' | 'none'
  /** Default: `true`. With `false`, the cookie and so the session can travel over plain HTTP. */
  readonly secure?: boolean
  /** Default: `false`. With `true`, browsers keep a separate cookie for each top-level site (CHIPS). Requires `secure`. */
  readonly partitioned?: boolean
  /**
   * Earlier values of `name`, `domain`, `path` or `partitioned`. Browsers would keep the cookie that was set with them, so it is deleted
   * whenever the new one is set or deleted.
   */
  readonly former?: readonly FormerCookie[]
  /**
   * Which plain-HTTP requests get a cookie without `Secure` while `NODE_ENV` is not `production`. `true`: all of them, for local networks,
   * containers and development proxies. `false`: none. Default: requests from this machine.
   */
  readonly development?: boolean
}

/** The attributes of an earlier cookie. Omitted ones have their defaults; an omitted `name` is the configured one, if any. */
export type FormerCookie = Pick<CookieOptions, 'name' | 'domain' | 'path' | 'partitioned'>

/** Options of `sessions.open`. */
export interface OpenOptions {
  /**
   * What happens while the store is unavailable. `fail`, the default: `open` rejects (503 with `Retry-After`). `anonymous`: the visitor
   * gets an empty, read-only session, and `session.unavailable` is true. For pages that also work without a session.
   */
  readonly onOutage?: 'fail' | 'anonymous'
  /** With `false`, reading the session does not extend it, e.g. for pages that poll. Changes still do. Default: `true`. */
  readonly renew?: boolean
}

/** The application's own description of a device: a few short values. */
export type Device = Readonly<Record<string, string | number | boolean>>

/** Options of `session.signIn`. */
export interface SignInOptions<Data> {
  /** The top-level values of `data` to keep. Default: none, so that nothing planted before the sign-in survives it. (LC-3) */
  readonly keep?: readonly ((keyof Data & string) | 'blockedRequest')[]
  /** Uses the timeouts of the option `remember`, and a cookie that outlives the browser. */
  readonly remember?: boolean
  /** A name for this sign-in, such as the device. Stored with the session. At most 200 characters. */
  readonly label?: string
  /**
   * What else lists of the user's sessions are to show of the device: texts, numbers and booleans, at most 500 characters of JSON. Stored with
   * the session, and nothing else about the device is.
   */
  readonly device?: Device
}
