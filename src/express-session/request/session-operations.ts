import { requestSlots } from '../../adapters/node/request-slots.js'
import { frameworkPrototypeOf } from '../../adapters/response/framework-prototype.js'
import { callWithCallback } from '../../callback-store/call-with-callback.js'
import { SessionMissingError } from '../api/errors.js'

/** The work of the methods of a session. */
export interface SessionOperations {
  save(session: Identified): Promise<void>
  reload(session: Identified): Promise<void>
  destroy(session: Identified): Promise<void>
  regenerate(): Promise<void>
  /** The promise to give to the application. If it rejects and nobody awaits it, the response fails. */
  float(promise: Promise<void>): Promise<void>
}

/** What the operations need of a session. */
interface Identified {
  readonly id: string
}

/** What a session's methods need of its request. */
export interface RequestWithStore {
  session?: unknown
  readonly sessionID: string
  readonly sessionStore: {
    regenerate(request: object, callback: (error?: unknown) => void): void
    createSession(request: object, data: unknown): unknown
    generate(request: never): void
  }
}

/** What a request has beside `session`, which stays its own property so that an application can `delete` it. */
export interface RequestProperties {
  sessionID: unknown
  sessionStore: unknown
}

type Bound = SessionOperations & RequestProperties

/** On requests as Node makes them, where a property costs nothing. Those of frameworks have a slot. */
const bound: unique symbol = Symbol('sessera.operations')
const slots = requestSlots()

interface BoundRequest {
  [bound]?: Bound
}

/** Makes the methods of this request's sessions use `operations`. */
export function bindOperations(request: object, operations: Bound): void {
  if (frameworkPrototypeOf(request) === undefined) (request as BoundRequest)[bound] = operations
  else slots.set(request, operations)
}

/** Of the middleware that the request went through, or that another object went through which this one inherits from or stands for. */
export function boundTo(request: object): Bound | undefined {
  const found = slots.get(request) ?? (request as BoundRequest)[bound]
  if (found !== undefined) return found as Bound
  const { req } = (request as { readonly res?: { readonly req?: object } | null }).res ?? {}
  return req && (slots.get(req) as Bound | undefined)
}

/** Whether it went through the middleware itself. */
export function isBound(request: object): boolean {
  return slots.has(request) || Object.hasOwn(request, bound)
}

/** The operations of the middleware that the request went through. Without one, they only call the store. */
export function operationsOf(request: RequestWithStore): SessionOperations {
  return boundTo(request) ?? storeOperations(request)
}

function storeOperations(request: RequestWithStore): SessionOperations {
  const { sessionID, sessionStore } = request
  const call = (method: string, ...values: readonly unknown[]): Promise<unknown> =>
    callWithCallback<unknown>(sessionStore, method, ...values)
  return {
    save: async (session) => void (await call('set', session.id, session)),
    async reload({ id }) {
      const data = await call('get', id)
      if (data === undefined) throw new SessionMissingError()
      sessionStore.createSession(request, data)
    },
    destroy: async ({ id }) => void (await call('destroy', id)),
    async regenerate() {
      try {
        await call('destroy', sessionID)
      } finally {
        sessionStore.generate(request as never)
      }
    },
    float(promise) {
      promise.catch(() => {}) // there is no response that could fail
      return promise
    },
  }
}
