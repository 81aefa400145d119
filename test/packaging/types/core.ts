// Compiled and never run: what users write has these types, and what they must not write does not compile.
import {
  createSessions,
  isHandle,
  memoryStore,
  newHandle,
  SesseraError,
  signedInUser,
  type CommitResult,
  type CookieOptions,
  type DataNotEncodableError,
  type DataTooLargeError,
  type DefaultSessionData,
  type Duration,
  type Handle,
  type InsecureRequestError,
  type InvalidArgumentError,
  type InvalidOptionError,
  type RecordMismatchError,
  type Session,
  type SessionCommittedError,
  type SessionEndedError,
  type SessionEvents,
  type Sessions,
  type SessionStore,
  type StoredRecord,
  type StoreUnavailableError,
} from 'sessera'
import { check, type Equals } from './equals.js'

interface Shop {
  cart: string[]
  theme?: 'light' | 'dark'
  visits: number
}

const sessions = createSessions<Shop>({ store: memoryStore() })
check<Equals<typeof sessions, Sessions<Shop>>>()

export async function data(): Promise<void> {
  const { session } = await sessions.open(undefined)
  check<Equals<typeof session, Session<Shop>>>()

  // A new session is empty, so every value may be missing.
  check<Equals<typeof session.data, Partial<Shop>>>()
  check<Equals<typeof session.data.cart, string[] | undefined>>()
  check<Equals<typeof session.data.theme, 'light' | 'dark' | undefined>>()
  // @ts-expect-error the cart may be missing
  session.data.cart.push('apple')
  session.data.cart?.push('apple')
  session.data.visits = (session.data.visits ?? 0) + 1
  session.data = { theme: 'dark' }
  // @ts-expect-error not a theme
  session.data.theme = 'red'
  // @ts-expect-error not a key of the data
  session.data.basket = []
  // @ts-expect-error not a key of the data
  session.data = { basket: [] }
}

export async function properties(): Promise<void> {
  const { session } = await sessions.open(undefined)
  check<Equals<typeof session.handle, Handle | undefined>>()
  check<Equals<typeof session.userId, string | undefined>>()
  check<Equals<ReturnType<typeof signedInUser>, string>>()
  signedInUser(session)
  // @ts-expect-error not a session
  signedInUser(sessions)
  check<Equals<typeof session.isNew, boolean>>()
  check<Equals<typeof session.createdAt, number | undefined>>()
  check<Equals<typeof session.expiresAt, number | undefined>>()
  check<Equals<typeof session.signedInAt, number | undefined>>()
  check<Equals<typeof session.reauthenticatedAt, number | undefined>>()
  check<Equals<ReturnType<typeof session.hasRecentSignIn>, boolean>>()
  session.hasRecentSignIn('10m')
  // @ts-expect-error not a duration
  session.hasRecentSignIn('10 minutes')
  // @ts-expect-error how recent?
  session.hasRecentSignIn()
  // @ts-expect-error a session takes no other properties
  session.cart = []
  // @ts-expect-error a session takes no other properties
  session['user'] = 'alice'
  // @ts-expect-error its public name is the handle
  void session.id
  // @ts-expect-error how it is set is an option
  void session.cookie
  // @ts-expect-error nobody is signed in by an assignment
  session.userId = 'alice'
  // @ts-expect-error read only
  session.handle = newHandle()
}

export async function signingIn(): Promise<void> {
  const { session } = await sessions.open(undefined)
  session.signIn('alice')
  session.signIn(7, { keep: ['cart', 'theme'], remember: true, label: 'laptop' })
  check<Equals<ReturnType<typeof session.signIn>, void>>()
  // @ts-expect-error not a key of the data
  session.signIn('alice', { keep: ['basket'] })
  // @ts-expect-error a list, not one key
  session.signIn('alice', { keep: 'cart' })
  // @ts-expect-error not an option
  session.signIn('alice', { rememberMe: true })
  // @ts-expect-error whom?
  session.signIn()
  // @ts-expect-error nobody
  session.signIn(undefined)
  // @ts-expect-error a user, not its id
  session.signIn({ id: 7 })
  // @ts-expect-error not a number that JSON knows
  session.signIn(7n)
  check<Equals<ReturnType<typeof session.end>, void>>()
  check<Equals<ReturnType<typeof session.rotate>, void>>()
  check<Equals<ReturnType<typeof session.reauthenticate>, void>>()
  // @ts-expect-error who is signed in stays
  session.reauthenticate('alice')
  check<Equals<ReturnType<typeof session.save>, Promise<void>>>()
  // @ts-expect-error no callback
  await session.save(() => {})
  // @ts-expect-error it is ended by end()
  session.destroy()
  // @ts-expect-error it is made anew by signIn() and rotate()
  session.regenerate(() => {})
  // @ts-expect-error it is prolonged by itself
  session.touch()
  // @ts-expect-error what is stored is given to update()
  await session.reload()
}

export async function updating(): Promise<void> {
  const { session } = await sessions.open(undefined)
  const count = session.update((stored) => (stored.visits = (stored.visits ?? 0) + 1))
  check<Equals<typeof count, Promise<number>>>()
  const cart = session.update((stored) => {
    check<Equals<typeof stored, Partial<Shop>>>()
    return (stored.cart ??= [])
  })
  check<Equals<typeof cart, Promise<string[]>>>()
  const nothing = session.update((stored) => {
    stored.visits = 1
  })
  check<Equals<typeof nothing, Promise<void>>>()
  const either = session.update((stored) => (stored.visits === undefined ? undefined : stored.theme))
  check<Equals<typeof either, Promise<'light' | 'dark' | undefined>>>()
  // @ts-expect-error an asynchronous function cannot be repeated exactly
  await session.update(async (stored) => stored.visits)
  // @ts-expect-error neither can one that gives a promise
  await session.update((stored) => Promise.resolve(stored.visits))
  // @ts-expect-error the visits are a number
  await session.update((stored) => (stored.visits = 'many'))
  // @ts-expect-error a function, not the values
  await session.update({ visits: 1 })
}

export async function ofUnknownData(): Promise<void> {
  const plain = createSessions()
  check<Equals<typeof plain, Sessions>>()
  check<Equals<DefaultSessionData, Record<string, unknown>>>()
  const { session } = await plain.open('a=b', { secure: true, host: 'example.org', direct: false })
  check<Equals<typeof session.data, Partial<Record<string, unknown>>>>()
  check<Equals<(typeof session.data)[string], unknown>>()
  session.data['anything'] = { at: ['all'] }
  session.signIn('alice', { keep: ['anything'] })
  // @ts-expect-error its type is not known
  void session.data['anything'].at
  // @ts-expect-error also here the session itself takes no properties
  session.anything = 1
}

export async function committing(): Promise<void> {
  const opened = await sessions.open(undefined)
  check<Equals<ReturnType<typeof opened.commit>, CommitResult | Promise<CommitResult>>>()
  const { setCookies, caching } = await opened.commit(200)
  check<Equals<typeof setCookies, readonly string[]>>()
  check<Equals<typeof caching, 'untouched' | 'private' | 'no-store'>>()
  // @ts-expect-error whether the request was secure must be said
  await sessions.open(undefined, {})
  // @ts-expect-error not a Cookie header
  await sessions.open(null)
  check<Equals<ReturnType<typeof sessions.end>, Promise<boolean>>>()
}

export function options(): void {
  createSessions({
    idleTimeout: '30m',
    absoluteTimeout: 43_200_000,
    remember: { idleTimeout: '14d', absoluteTimeout: '90d' },
    rotationGrace: '1.5s',
    deadline: '250ms',
    maxDataBytes: 10_000,
    cookie: { name: '__Host-app', path: '/', sameSite: 'none', secure: true, partitioned: true },
  })
  // @ts-expect-error not an option: there is no secret
  createSessions({ secret: 'keyboard cat' })
  // @ts-expect-error not an option: another spelling
  createSessions({ idleTimeOut: '30m' })
  // @ts-expect-error not a duration
  createSessions({ idleTimeout: '30x' })
  // @ts-expect-error not a duration
  createSessions({ absoluteTimeout: '12 hours' })
  // @ts-expect-error not a duration
  createSessions({ deadline: true })
  // @ts-expect-error not a duration
  createSessions({ remember: { idleTimeout: 'a week' } })
  // @ts-expect-error not an option of remember
  createSessions({ remember: { maxAge: 1 } })
  // @ts-expect-error not a value of sameSite
  createSessions({ cookie: { sameSite: 'Lax' } })
  // @ts-expect-error not a value of sameSite
  createSessions({ cookie: { sameSite: true } })
  // @ts-expect-error not an option: the cookie is always HttpOnly
  createSessions({ cookie: { httpOnly: false } })
  // @ts-expect-error not an option: the cookie's age follows from the timeouts
  createSessions({ cookie: { maxAge: 60_000 } })
  // @ts-expect-error a store is more than one verb
  createSessions({ store: { load: async () => undefined } })
  // @ts-expect-error left out, not undefined
  createSessions({ idleTimeout: undefined })
  // @ts-expect-error data is an object
  createSessions<string>()

  const durations: readonly Duration[] = [1, '1ms', '2s', '3m', '4h', '5d', '0.5h']
  const cookie: CookieOptions = { sameSite: 'strict' }
  // @ts-expect-error options are not changed once given
  cookie.sameSite = 'lax'
  // @ts-expect-error a number needs a unit
  const unitless: Duration = '30'
  void [durations, cookie, unitless]
}

export async function stores(): Promise<void> {
  const store: SessionStore = memoryStore()
  const handle = newHandle()
  check<Equals<typeof handle, Handle>>()
  const loaded = store.load(handle)
  check<Equals<typeof loaded, Promise<StoredRecord | undefined>>>()
  // @ts-expect-error any text is not a handle
  await store.load('AAAAAAAAAAAAAAAAAAAAAA')
  // @ts-expect-error any text is not a handle
  await store.insert('AAAAAAAAAAAAAAAAAAAAAA', 'text', 1_000)
  // @ts-expect-error any text is not a handle
  await store.remove('AAAAAAAAAAAAAAAAAAAAAA')

  const text: string = handle
  if (isHandle(text)) await store.load(text)
  // Administration takes what comes from outside, and checks it.
  await sessions.end(text)

  const result = await store.replace(handle, 'version', 'text', 1_000)
  if (result.status === 'changed') check<Equals<typeof result.current, StoredRecord>>()
  // @ts-expect-error only a replaced record has a new version
  void result.version
  check<Equals<(typeof result)['status'], 'replaced' | 'changed' | 'gone'>>()
}

export function errors(error: unknown): void {
  check<Equals<InvalidOptionError['code'], 'INVALID_OPTION'>>()
  check<Equals<InvalidArgumentError['code'], 'INVALID_ARGUMENT'>>()
  check<Equals<InsecureRequestError['code'], 'INSECURE_REQUEST'>>()
  check<Equals<RecordMismatchError['code'], 'RECORD_MISMATCH'>>()
  check<Equals<SessionEndedError['code'], 'SESSION_ENDED'>>()
  check<Equals<SessionCommittedError['code'], 'SESSION_COMMITTED'>>()
  check<Equals<DataNotEncodableError['code'], 'DATA_NOT_ENCODABLE'>>()
  check<Equals<DataTooLargeError['code'], 'DATA_TOO_LARGE'>>()
  check<Equals<DataNotEncodableError['path'], string>>()
  check<Equals<InvalidOptionError['option'], string>>()
  const unavailable: SesseraError = {} as StoreUnavailableError
  if (SesseraError.is(error)) {
    check<Equals<typeof error, SesseraError>>()
    check<Equals<typeof error.status, number>>()
    check<Equals<typeof error.headers, Readonly<Record<string, string>>>>()
  }
  // @ts-expect-error the family is known by its members
  void new SesseraError('nameless')
  void unavailable
}

export function events(heard: SessionEvents): void {
  check<Equals<SessionEvents['signed-in'], { readonly handle: Handle; readonly userId: string }>>()
  check<Equals<SessionEvents['conflict']['keys'], readonly string[]>>()
  // @ts-expect-error events carry no token
  void heard.created.token
}

export function theChecksThemselves(): void {
  // @ts-expect-error any is not everything
  check<Equals<unknown, Parameters<typeof JSON.stringify>[0]>>()
  // @ts-expect-error a missing value counts
  check<Equals<{ a?: string }, { a: string | undefined }>>()
  // @ts-expect-error readonly counts
  check<Equals<{ readonly a: string }, { a: string }>>()
}
