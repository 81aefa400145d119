import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { Session } from 'sessera'
import { nuxtSessions } from 'sessera/nuxt'
import type { AdapterData, AdapterHarness } from 'sessera/testing'
import { listen } from '../../support/listen.js'
import { requireFrom } from '../../support/packages.js'

/** What is used of the h3 that Nuxt 4 has, and of what Nitro calls routes by from within. */
export interface Event {
  readonly path: string
  readonly node: { readonly req: IncomingMessage; readonly res: ServerResponse }
  readonly context: { session: Session<AdapterData> }
}
export type Handler = (event: Event) => unknown
export interface App {
  use(handler: object): App
  use(path: string, handler: object): App
}
interface H3 {
  createApp(options: { onError(error: { cause?: unknown; statusCode: number }, event: Event): void }): App
  defineEventHandler(handler: Handler | { onRequest: readonly object[]; handler: Handler }): object
  toNodeListener(app: App): RequestListener
}
type Options = { context: object | undefined; headers: object }
interface MockHttp {
  fetchNodeRequestHandler(listener: RequestListener, path: string, options: Options): Promise<Response>
}

const require = requireFrom('frameworks/nuxt')
const { createApp, ...h3 } = require('h3') as H3
export const { defineEventHandler } = h3

/** As Nitro makes it. Its error handler prints errors and makes pages, and Nuxt's as well; this one sends what the suite asks for. */
export function makeApp(): App {
  return createApp({
    onError({ cause, statusCode }, { node: { res } }) {
      const { headers = {} } = Object(cause) as { headers?: Record<string, string> }
      for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
      res.statusCode = statusCode
      res.end((Object(cause) as { code?: string }).code)
    },
  })
}

export function listenWith(app: App): ReturnType<typeof listen> {
  return listen(createServer(h3.toNodeListener(app)))
}

/** What Nitro does for `event.$fetch`, to which `useFetch` passes a path on; without a context, for `$fetch`. */
export function fetchWithin(
  app: App,
  { context, node }: Pick<Event, 'node'> & Partial<Event>,
  path: string,
): Promise<Response> {
  const { fetchNodeRequestHandler } = require('node-mock-http') as MockHttp
  return fetchNodeRequestHandler(h3.toNodeListener(app), path, {
    context,
    headers: { cookie: node.req.headers.cookie },
  })
}

export const nuxtHarness: AdapterHarness = {
  serve(sessions, routes, mounts) {
    const app = makeApp()
    for (let mounted = 0; mounted < mounts; mounted++) app.use(defineEventHandler(nuxtSessions(sessions)))
    for (const [path, route] of Object.entries(routes)) {
      const handler: Handler = async ({ context, node: { res } }) => {
        const { status = 200, headers = {}, body } = await route(context.session)
        res.statusCode = status
        for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
        return typeof body === 'string' || body === undefined ? (body ?? '') : Readable.from(body)
      }
      app.use(path, defineEventHandler(handler))
    }
    return listenWith(app)
  },
}
