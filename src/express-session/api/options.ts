import { randomText } from '../../engine/random.js'
import { isUserLimit, type UserLimit } from '../../engine/user-limit.js'
import { parseDeadline, type Duration } from '../../options/duration.js'
import type { Conflict } from '../repositories/merge-session.js'
import type { SessionRequest } from '../request/request.js'
import { sessionIndexOf } from '../users/session-index.js'
import type { UserOptions } from '../users/user-context.js'
import type { CookieOptions } from './cookie.js'
import { InvalidSessionOptionError } from './errors.js'
import type { AnyRequest, AnySession, AnyStore, Secret } from './loose-types.js'
import { MemoryStore } from './memory-store.js'
import {
  checkedSecrets,
  checkLifetime,
  checkSerializes,
  rejectMistakenOptions,
  rejectMistakenStore,
  warnOfDomain,
} from './option-checks.js'
import type { Store } from './store.js'

/** The options of express-session, and some more. */
export interface SessionOptions {
  /** Signs the session's id in the cookie. Of a list, the first secret signs and all of them verify. */
  secret?: Secret
  /** Generates an id; default 24 random bytes as base64url. The id is the secret of the session, so it must be impossible to guess. */
  genid?(request: AnyRequest): string
  /** The cookie's name; default `'connect.sid'`. */
  name?: string | undefined
  /** An older alias of `name`. */
  key?: string | undefined
  /** Where sessions are stored. Default: a `MemoryStore`, which is not for production. */
  store?: AnyStore | undefined
  cookie?: CookieOptions | ((request: AnyRequest) => CookieOptions | null | undefined) | undefined
  /** Whether every response sends the cookie again; default `false`. */
  rolling?: boolean | undefined
  /** Whether every request stores the session, even if it did not change; default `true`. */
  resave?: boolean | undefined
  /** Whether a new session is stored if nothing was put into it; default `true`. */
  saveUninitialized?: boolean | undefined
  /** Whether to trust `X-Forwarded-Proto`; by default, Express's `trust proxy` decides. */
  proxy?: boolean | undefined
  /** What `req.session = null` does: keeps the stored session, or destroys it. Default `'keep'`. */
  unset?: 'keep' | 'destroy' | undefined
  /** What happens to changes that other requests made to the same session in the meantime; default `'merge'`, by top-level key. */
  conflict?: Conflict | undefined
  /**
   * What happens while the store is unavailable: `'fail'`, the default, fails the request; `'anonymous'` gives it an anonymous session
   * that can only be read and has `unavailable` set.
   */
  onOutage?: 'fail' | 'anonymous' | undefined
  /**
   * Keeps responses that send the cookie, or whose request has a stored session, out of shared caches. `'private'`, the default, sets
   * `Cache-Control: private` and `Vary: Cookie` unless the application sets `Cache-Control`; `'untouched'` sets nothing.
   */
  caching?: 'private' | 'untouched' | undefined
  /**
   * Time limit to load, store or end a session, including the wait for earlier operations of the request; default `'10s'`.
   * (`RedisStore` has a deadline of its own.)
   */
  deadline?: Duration | undefined
  /**
   * Finds the user in the values of a session, such as `({ passport }) => passport?.user`, or `passport?.user?.id` if that is an object. Then `sessions` of the middleware knows whose the
   * sessions are. The store must be `RedisStore` or `MemoryStore`. Call `regenerate()` before a user is set, as always: a warning tells if not.
   */
  userId?: ((data: AnySession) => string | number | null | undefined) | undefined
  /** The most sessions that a user may have; default `Infinity`. Exact also for sign-ins at the same moment. Needs `userId`. */
  maxSessionsPerUser?: UserLimit | undefined
  /**
   * What a sign-in beyond `maxSessionsPerUser` does: ends the sessions that signed in first (`end-oldest`, the default), or fails with
   * `SessionLimitError` (`refuse`).
   */
  onOverflow?: 'end-oldest' | 'refuse' | undefined
}

/** The options with their defaults. */
export type ResolvedOptions = ReturnType<typeof resolveOptions>

// Read once, so that a test which sets it later does not make this a production server.
const isProduction = process.env['NODE_ENV'] === 'production'

/** Checks the options; throws `InvalidSessionOptionError` for those that cannot work. Empty values count as left out. */
export function resolveOptions(options: SessionOptions, deprecate: (message: string) => void) {
  rejectMistakenOptions(options)
  const { proxy, rolling, resave = true, saveUninitialized = true } = options
  const store = resolveStore(options.store)
  const generateId: (request: SessionRequest) => string = options.genid || randomId
  if (typeof generateId !== 'function') throw new InvalidSessionOptionError('genid', 'must be a function')
  if (options.resave === undefined) deprecate('undefined resave option; it counts as true')
  if (options.saveUninitialized === undefined) deprecate('undefined saveUninitialized option; it counts as true')
  const name = options.name || options.key || 'connect.sid'
  const secrets = resolveSecrets(options.secret, deprecate)
  checkSerializes('name', name, {})
  return {
    secrets,
    name,
    store,
    cookieOptions: resolveCookieOptions(options.cookie),
    generateId,
    rolling: Boolean(rolling),
    resave,
    saveUninitialized,
    proxy,
    unset: oneOf('unset', options.unset || 'keep', ['keep', 'destroy']),
    conflict: oneOf('conflict', options.conflict || 'merge', ['merge', 'last-wins']),
    onOutage: oneOf('onOutage', options.onOutage || 'fail', ['fail', 'anonymous']),
    caching: oneOf('caching', options.caching || 'private', ['private', 'untouched']),
    deadlineMs: parseDeadline(options.deadline ?? '10s'),
    canTouch: typeof store.touch === 'function',
    users: resolveUsers(options, store),
  }
}

function resolveUsers(
  { userId, maxSessionsPerUser = Infinity, onOverflow = 'end-oldest' }: SessionOptions,
  store: Store,
): UserOptions | undefined {
  if (userId !== undefined && typeof userId !== 'function')
    throw new InvalidSessionOptionError(
      'userId',
      'must be a function that finds the user id in the values of a session',
    )
  if (!isUserLimit(maxSessionsPerUser)) {
    const problem = 'must be a whole number greater than zero, or a function of the user id'
    throw new InvalidSessionOptionError('maxSessionsPerUser', problem)
  }
  oneOf('onOverflow', onOverflow, ['end-oldest', 'refuse'])
  const isKept = maxSessionsPerUser === Infinity || (userId !== undefined && sessionIndexOf(store) !== undefined)
  if (!isKept) {
    const problem = 'needs the option userId, and a store that knows the sessions of a user: RedisStore or MemoryStore'
    throw new InvalidSessionOptionError('maxSessionsPerUser', problem)
  }
  return userId && { userIdOf: userId, maxSessionsPerUser, onOverflow }
}

function resolveStore(given: AnyStore | undefined): Store {
  const store = given || new MemoryStore()
  rejectMistakenStore(store)
  if (typeof store.on !== 'function' || typeof store.get !== 'function') {
    throw new InvalidSessionOptionError('store', 'must be a store: an EventEmitter with get, set and destroy')
  }
  if (isProduction && store instanceof MemoryStore) {
    console.warn('Sessions are kept only in the memory of this process; pass a store to session().')
  }
  return store as Store
}

function resolveSecrets(secret: unknown, deprecate: (message: string) => void): readonly string[] | undefined {
  const secrets: readonly unknown[] = Array.isArray(secret) ? secret : [secret]
  if (secrets.length === 0) {
    throw new InvalidSessionOptionError('secret', 'must not be empty: the secret option array needs one')
  }
  if (secret) return checkedSecrets(secrets)
  deprecate('no secret option; req.secret is used instead')
  return undefined
}

function resolveCookieOptions(cookie: SessionOptions['cookie']): (request: SessionRequest) => CookieOptions {
  if (typeof cookie === 'function') return (request) => cookie(request) ?? {}
  const options = cookie ?? {}
  for (const attribute of ['domain', 'path', 'priority', 'sameSite'] as const) {
    const value = options[attribute]
    if (value !== 'auto') checkSerializes(`cookie.${attribute}`, 'name', { [attribute]: value })
  }
  checkLifetime(options)
  warnOfDomain(options.domain)
  return () => options
}

function randomId(): string {
  return randomText(24)
}

function oneOf<Value extends string>(option: string, value: Value, values: readonly Value[]): Value {
  if (values.includes(value)) return value
  throw new InvalidSessionOptionError(option, `must be '${values.join("' or '")}'`)
}
