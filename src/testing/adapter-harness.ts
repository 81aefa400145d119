import type { Session, Sessions } from 'sessera'

/** The session data of the suite's routes. */
export interface AdapterData {
  theme?: string
  cart?: string[]
  tries?: number
}

/** The response of a route. A body that is an iterable must be streamed, chunk by chunk. */
export interface AdapterResponse {
  /** Default 200. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | AsyncIterable<string>
}

/** A route that knows no framework. Its errors have a `status`, and must reach the framework's error handling. */
export type AdapterRoute = (session: Session<AdapterData>) => AdapterResponse | Promise<AdapterResponse>

/** Routes by path, e.g. `/cart`, each for all methods. */
export type AdapterRoutes = Readonly<Record<string, AdapterRoute>>

/** A running server. */
export interface AdapterServer {
  /** E.g. `http://127.0.0.1:4711`. */
  readonly origin: string
  /** Stops the server and closes open connections. */
  close(): Promise<void>
}

/**
 * What the conformance suite needs to know about an adapter.
 *
 * @example
 * ```ts
 * import { describe, it } from 'vitest'
 * import { describeAdapter } from 'sessera/testing'
 *
 * describeAdapter({ describe, it }, 'my adapter', {
 *   async serve(sessions, routes, mounts) {
 *     const app = myFramework()
 *     for (let mount = 0; mount < mounts; mount++) app.use(mySessions(sessions))
 *     for (const [path, route] of Object.entries(routes)) {
 *       app.all(path, async (context) => send(context, await route(context.session)))
 *     }
 *     const server = await app.listen(0, '127.0.0.1')
 *     return { origin: server.origin, close: () => server.stop() }
 *   },
 * })
 * ```
 */
export interface AdapterHarness {
  /**
   * Serves the routes over plain HTTP on a free port of 127.0.0.1, with `sessions` mounted `mounts` times (1 or 2) before them, and
   * with the framework's own error handling, which must respond with an error's `status` and `headers`.
   */
  serve(sessions: Sessions<AdapterData>, routes: AdapterRoutes, mounts: number): Promise<AdapterServer>
  /** What a route throws to redirect to this path with a 303, for frameworks that have such a thing. */
  redirect?(location: string): unknown
}
