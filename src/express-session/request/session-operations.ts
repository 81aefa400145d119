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
export interface RequestWithStore extends BoundRequest {
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

// A property, because an entry in a WeakMap for each request costs the garbage collector more than all the rest of an anonymous visit.
export const bound: unique symbol = Symbol('sessera.operations')

export interface BoundRequest {
  [bound]?: SessionOperations & RequestProperties
}

/** Makes the methods of this request's sessions use `operations`. */
export function bindOperations(request: object, operations: SessionOperations & RequestProperties): void {
  ;(request as BoundRequest)[bound] = operations
}

/** The operations of the middleware that the request went through. Without one, they only call the store. */
export function operationsOf(request: RequestWithStore): SessionOperations {
  return request[bound] ?? storeOperations(request)
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
