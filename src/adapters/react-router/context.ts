import type { Session } from '../../core/request/session.js'

/** What `createContext` of React Router makes. */
export interface RouterContext<Value> {
  defaultValue?: Value
}

/** The key of the session in the context of a request: `context.get(sessionContext)`, in loaders, actions and middleware. */
export const sessionContext: RouterContext<Session> = {}

/** What of the arguments of a middleware is used. */
export interface RouterMiddlewareArguments {
  readonly request: Request
  readonly url: URL
  readonly context: {
    get(context: RouterContext<Session>): Session
    set(context: RouterContext<Session>, value: Session): void
  }
}

/** A middleware of React Router 8, for servers. */
export type RouterMiddleware = (
  middlewareArguments: RouterMiddlewareArguments,
  next: () => Promise<Response>,
) => Promise<Response>
