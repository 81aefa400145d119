import { randomBytes } from 'node:crypto'
import type { Duration } from '../../options/duration.js'
import type { CookieOptions } from './cookie.js'
import { parseDeadline } from '../../options/duration.js'
import { InvalidSessionOptionError } from './errors.js'
import type { AnyRequest, AnyStore, Secret } from './foreign-types.js'
import type { Conflict } from '../repositories/repository.js'
import { MemoryStore } from './memory-store.js'
import {
  checkedSecrets,
  checkLifetime,
  checkSerializes,
  refuseMistakenOptions,
  refuseMistakenStore,
  warnOfDomain,
} from './option-checks.js'
import type { SessionRequest } from '../request/request.js'
import type { Store } from './store.js'

/** The options of express-session, and some more. */
export interface SessionOptions {
  /** Signs the session's id in the cookie. Of a list, the first signs and all of them verify. */
  secret?: Secret
  /** Makes an id; default 24 random bytes as base64url. It is the secret of the session: it must not be guessed. */
  genid?(request: AnyRequest): string
  /** Of the cookie; default `'connect.sid'`. */
  name?: string | undefined
  /** The older name of `name`. */
  key?: string | undefined
  /** Default a `MemoryStore`, which is not for production. */
  store?: AnyStore | undefined
  cookie?: CookieOptions | ((request: AnyRequest) => CookieOptions | null | undefined) | undefined
  /** Whether each response sends the cookie again; default `false`. */
  rolling?: boolean | undefined
  /** Whether a session is stored with each request, though nothing changed; default `true`. */
  resave?: boolean | undefined
  /** Whether a session is stored that nothing was put into; default `true`. */
  saveUninitialized?: boolean | undefined
  /** Whether `X-Forwarded-Proto` is believed; without it as Express's `trust proxy` says. */
  proxy?: boolean | undefined
  /** What `req.session = null` does: leaves the stored session alone, or destroys it. Default `'keep'`. */
  unset?: 'keep' | 'destroy' | undefined
  /** What becomes of changes of other requests to the same session meanwhile; default `'merge'`, by top-level key. */
  conflict?: Conflict | undefined
  /**
   * What a store means that is unavailable: `'required'`, the default, an error; `'optional'`, an anonymous session that can only be
   * read and has `unavailable` set.
   */
  policy?: 'required' | 'optional' | undefined
  /**
   * What keeps an answer that sends the cookie, or whose request has a stored session, out of shared caches where the application sets no
   * `Cache-Control`: `'private'`, the default, sets `Cache-Control: private` and `Vary: Cookie`; `'untouched'` sets nothing.
   */
  caching?: 'private' | 'untouched' | undefined
  /**
   * How long it may take to load, store or end a session, the waiting for what the request has begun before included; default `'10s'`.
   * (`RedisStore` has a deadline of its own.)
   */
  deadline?: Duration | undefined
}

/** What the options come to. */
export interface Settings {
  readonly secrets: readonly string[] | undefined
  readonly name: string
  readonly store: Store
  readonly cookieOptions: (request: SessionRequest) => CookieOptions
  readonly generateId: (request: SessionRequest) => string
  readonly rolling: boolean
  readonly resave: boolean
  readonly saveUninitialized: boolean
  readonly proxy: boolean | undefined
  readonly unset: 'keep' | 'destroy'
  readonly conflict: Conflict
  readonly policy: 'required' | 'optional'
  readonly caching: 'private' | 'untouched'
  readonly deadlineMs: number
  readonly canTouch: boolean
  /** Says once that the browser will never get the cookie. */
  readonly warnOfWithheldCookie: () => void
}

// As the process began: a test that sets it later does not make this a production server.
const isProduction = process.env['NODE_ENV'] === 'production'

/** Checks the options; throws `InvalidSessionOptionError` for those that cannot work. What is empty counts as not given. */
export function settingsOf(options: SessionOptions, deprecate: (message: string) => void): Settings {
  refuseMistakenOptions(options)
  const { cookie, proxy, rolling, resave = true, saveUninitialized = true } = options
  const store = storeOf(options.store)
  const generateId = options.genid || randomId
  if (typeof generateId !== 'function') throw new InvalidSessionOptionError('genid', 'must be a function')
  if (options.resave === undefined) deprecate('undefined resave option; it counts as true')
  if (options.saveUninitialized === undefined) deprecate('undefined saveUninitialized option; it counts as true')
  return {
    secrets: secretsOf(options.secret, deprecate),
    name: nameOf(options.name || options.key || 'connect.sid'),
    store,
    cookieOptions: cookieOptionsOf(cookie),
    generateId,
    rolling: Boolean(rolling),
    resave,
    saveUninitialized,
    proxy,
    unset: oneOf('unset', options.unset || 'keep', ['keep', 'destroy']),
    conflict: oneOf('conflict', options.conflict || 'merge', ['merge', 'last-wins']),
    policy: oneOf('policy', options.policy || 'required', ['required', 'optional']),
    caching: oneOf('caching', options.caching || 'private', ['private', 'untouched']),
    deadlineMs: parseDeadline(options.deadline ?? '10s'),
    canTouch: typeof store.touch === 'function',
    warnOfWithheldCookie: once(() => {
      process.emitWarning(
        'The session cookie is secure but a request came over plain HTTP, so the browser was not given it: let the framework ' +
          "trust your proxy (app.set('trust proxy', 1)), serve HTTPS, or set cookie: { secure: 'auto' }.",
        { code: 'SESSERA_COOKIE_WITHHELD' },
      )
    }),
  }
}

function nameOf(name: string): string {
  checkSerializes('name', name, {})
  return name
}

function storeOf(given: AnyStore | undefined): Store {
  const store = given || new MemoryStore()
  refuseMistakenStore(store)
  if (typeof store.on !== 'function' || typeof store.get !== 'function') {
    throw new InvalidSessionOptionError('store', 'must be a store, an EventEmitter with get, set and destroy')
  }
  if (isProduction && store instanceof MemoryStore) {
    console.warn('Sessions are kept in the memory of this process only; give session() a store.')
  }
  return store as Store
}

function secretsOf(secret: unknown, deprecate: (message: string) => void): readonly string[] | undefined {
  const secrets = Array.isArray(secret) ? (secret as string[]) : [secret as string]
  if (secrets.length === 0)
    throw new InvalidSessionOptionError('secret', 'must not be empty: the secret option array needs one')
  if (secret) return checkedSecrets(secrets)
  deprecate('no secret option; req.secret is looked for with each request')
  return undefined
}

function cookieOptionsOf(cookie: SessionOptions['cookie']): Settings['cookieOptions'] {
  if (typeof cookie === 'function') return (request) => cookie(request) ?? {}
  const options = cookie ?? {}
  for (const attribute of ['domain', 'path', 'priority', 'sameSite'] as const) {
    if (options[attribute] !== 'auto')
      checkSerializes(`cookie.${attribute}`, 'name', { [attribute]: options[attribute] })
  }
  checkLifetime(options)
  warnOfDomain(options.domain)
  return () => options
}

function randomId(): string {
  return randomBytes(24).toString('base64url')
}

function oneOf<Value extends string>(option: string, value: Value, values: readonly Value[]): Value {
  if (values.includes(value)) return value
  throw new InvalidSessionOptionError(option, `must be '${values.join("' or '")}'`)
}

function once(act: () => void): () => void {
  let isDone = false
  return () => {
    if (!isDone) act()
    isDone = true
  }
}
