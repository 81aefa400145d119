import type { Session, Sessions } from 'sessera'

/** The data of the sessions that the suite uses. */
export interface AdapterData {
  theme?: string
  cart?: string[]
  tries?: number
}

/** What a route answers. A body in pieces is to be sent piece by piece, as they come. */
export interface AdapterAnswer {
  /** Default 200. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | AsyncIterable<string>
}

/** A route in no framework's words. What it throws goes to the framework's error path; such an error has a `status`. */
export type AdapterRoute = (session: Session<AdapterData>) => AdapterAnswer | Promise<AdapterAnswer>

/** Routes by path, e.g. `/cart`, for all methods. */
export type AdapterRoutes = Readonly<Record<string, AdapterRoute>>

/** A server that runs. */
export interface AdapterServer {
  /** Where it listens, e.g. `http://127.0.0.1:4711`. */
  readonly origin: string
  /** Stops it, open connections too. */
  close(): Promise<void>
}

/**
 * What the conformance suite needs to know of an adapter.
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
   * Serves the routes over plain HTTP on a free port of 127.0.0.1, with `sessions` mounted `mounts` times (1 or 2) before them,
   * and with the framework's own error path, so that an error's `status` and `headers` are answered.
   */
  serve(sessions: Sessions<AdapterData>, routes: AdapterRoutes, mounts: number): Promise<AdapterServer>
}
