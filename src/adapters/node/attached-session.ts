import type { OpenedSession } from '../../core/request/opened-session.js'
import { attachment, type Attachable, type Attachment } from '../../core/request/attachment.js'
import type { Session } from '../../core/request/session.js'
import type { Sessions } from '../../core/sessions.js'
import { InvalidArgumentError } from '../../errors.js'
import { frameworkPrototypeOf } from '../response/framework-prototype.js'
import { requestSlots, type RequestSlots } from './request-slots.js'

/** By whom this value was attached to its request, if it is a session of ours, or of another copy of this package (Bun, Jest). */
export function attachmentOf(session: unknown): Attachment | undefined {
  return (session as Partial<Attachable> | null | undefined)?.[attachment]
}

/**
 * The session of a request (on Koa: of a context), typed as `createSessions` was, for applications that do not augment `SessionData`. Throws
 * `InvalidArgumentError` if these sessions are not mounted.
 */
export function sessionOf<Data extends object>(sessions: Sessions<Data>, request: object): Session<Data> {
  const { session } = request as { readonly session?: unknown }
  if (attachmentOf(session)?.sessions === sessions) return session as Session<Data>
  throw new InvalidArgumentError(
    'This request has no session of the given sessions: mount them before the route, as by app.use(expressSessions(sessions)).',
  )
}

/** Where a request as Node makes it has its session: adding to its own properties costs nothing. */
const own: unique symbol = Symbol('sessera.session')
interface Registry {
  /** The sessions of a framework's requests. */
  readonly sessionsOfRequests: RequestSlots
  /** The frameworks' prototypes that have the accessors. */
  readonly prepared: WeakSet<object>
}

// Another copy of this package may have prepared a prototype.
const registry: unique symbol = Symbol.for('sessera.sessions-of-requests') as never
const { sessionsOfRequests, prepared } = ((globalThis as { [registry]?: Registry })[registry] ??= {
  sessionsOfRequests: requestSlots(),
  prepared: new WeakSet(),
})

/** What a request has as `session`, whoever put it there. */
export function sessionOn(request: object): unknown {
  const framework = frameworkPrototypeOf(request)
  const isPrepared = framework !== undefined && prepared.has(framework.prototype)
  if (isPrepared && !Object.hasOwn(request, 'session')) return sessionsOfRequests.get(request)
  return (request as { readonly session?: unknown }).session
}

export function attachSession(request: object, sessions: unknown, { session, outage }: OpenedSession<object>): void {
  const attached = session[attachment]
  attached.sessions = sessions
  attached.outage = outage
  const framework = frameworkPrototypeOf(request)
  if (framework === undefined) return setOwnSession(request, session)
  if (!prepared.has(framework.prototype)) prepare(framework.prototype)
  sessionsOfRequests.set(request, session)
}

/** Gives one object a session, which cannot be replaced: a request as Node makes it, or what a framework passes in its place. */
export function setOwnSession(object: object, session: unknown): void {
  ;(object as { [own]?: unknown })[own] = session
  Object.defineProperty(object, 'session', ownSession)
  if (!('sessionID' in object)) Object.defineProperty(object, 'sessionID', ownSessionId)
}

function prepare(prototype: object): void {
  prepared.add(prototype)
  Object.defineProperty(prototype, 'session', sharedSession)
  if (!('sessionID' in prototype)) Object.defineProperty(prototype, 'sessionID', sharedSessionId)
}

type Find = (request: object) => unknown

const findOwn: Find = (request) => (request as { readonly [own]?: unknown })[own]

// It may be asked by an object that stands for the request, such as a proxy. Express names the request by its response.
const findShared: Find = (request) => {
  const found = sessionsOfRequests.get(request)
  if (found !== undefined) return found
  const { req } = (request as { readonly res?: { readonly req?: object } }).res ?? {}
  return req === undefined ? undefined : sessionsOfRequests.get(req)
}

// The accessors are the same functions for every request: a pair of its own would give each request a shape of its own.
const [ownSession, sharedSession] = [findOwn, findShared].map(sessionAccessor) as [
  PropertyDescriptor,
  PropertyDescriptor,
]
const ownSessionId = noSessionId(findOwn)
export const sharedSessionId = noSessionId(findShared)

// `req.session = null` signs out with other libraries; here it must not pass silently.
function sessionAccessor(find: Find): PropertyDescriptor {
  return {
    configurable: true,
    enumerable: true,
    get(this: object) {
      return find(this)
    },
    set(this: object, value: unknown) {
      if (find(this) === undefined) return setOwn(this, 'session', value)
      throw new InvalidArgumentError('The session of a request cannot be replaced; to sign out, call session.end().')
    },
  }
}

// Code that uses it as a user's key would put all users under `undefined`.
function noSessionId(find: Find): PropertyDescriptor {
  return {
    configurable: true,
    get(this: object) {
      if (find(this) === undefined) return undefined
      throw new InvalidArgumentError('There is no sessionID: the public name of a session is session.handle.')
    },
    set(this: object, value: unknown) {
      setOwn(this, 'sessionID', value)
    },
  }
}

function setOwn(request: object, name: string, value: unknown): void {
  Object.defineProperty(request, name, { value, writable: true, configurable: true, enumerable: true })
}
