import { createServer, type RequestListener } from 'node:http'
import { reactRouterSessions, type RouterContext, type RouterMiddleware } from 'sessera/react-router'
import type { AdapterHarness } from 'sessera/testing'
import { listen } from '../../support/listen.js'
import { requireFrom } from '../../support/packages.js'
import { fetchResponse, redirectTo } from './fetch-response.js'

/** What a loader, an action and a middleware get. */
export interface RouteArguments {
  readonly request: Request
  readonly context: { get<Value>(context: RouterContext<Value>): Value }
}

/** A module of a route. Without `default`, it is a resource route, which responds itself. */
export interface RouteModule {
  readonly middleware?: readonly RouterMiddleware[]
  readonly loader?: (routeArguments: RouteArguments) => unknown
  readonly action?: (routeArguments: RouteArguments) => unknown
  readonly default?: () => unknown
  readonly ErrorBoundary?: () => unknown
  readonly headers?: () => Readonly<Record<string, string>>
}

type Page = (request: Request, status: number, headers: Headers, context: object) => Response | Promise<Response>
export interface RouterApplication {
  readonly root: RouteModule
  readonly routes: Readonly<Record<string, RouteModule>>
  /** Renders a document. */
  readonly page?: Page
  readonly handleError?: (error: unknown) => void
}

const require = requireFrom('frameworks/fetch')
const { createRequestHandler } = require('react-router') as {
  createRequestHandler(build: object, mode: string): (request: Request) => Promise<Response>
}
const { toNodeHandler } = require('srvx/node') as { toNodeHandler(fetch: unknown): RequestListener }

/** The application as the bundler of React Router would build it. */
function buildOf({ root, routes, page, handleError = () => {} }: RouterApplication): object {
  const defaultPage: Page = (_request, status, headers) => new Response('page', { status, headers })
  const built = Object.entries(routes).map(([path, module]) => [
    path,
    { id: path, parentId: 'root', path: path.slice(1), module },
  ])
  const manifest = Object.entries({ root, ...routes }).map(([id, { loader, action, ErrorBoundary }]) => [
    id,
    {
      id,
      path: id === 'root' ? '' : id.slice(1),
      ...(id === 'root' ? {} : { parentId: 'root' }),
      module: '',
      hasLoader: loader !== undefined,
      hasAction: action !== undefined,
      hasErrorBoundary: ErrorBoundary !== undefined,
    },
  ])
  return {
    entry: { module: { default: page ?? defaultPage, handleError } },
    routes: { root: { id: 'root', path: '', module: root }, ...Object.fromEntries(built) },
    assets: { version: '1', url: '', entry: { module: '', imports: [] }, routes: Object.fromEntries(manifest) },
    publicPath: '/',
    assetsBuildDirectory: '',
    future: {},
    ssr: true,
    isSpaMode: false,
    prerender: [],
    routeDiscovery: { mode: 'initial', manifestPath: '/__manifest' },
  }
}

/** On the server of Node. */
export function listenWithRouter(application: RouterApplication): ReturnType<typeof listen> {
  const handle = createRequestHandler(buildOf(application), 'production')
  // With a signal, React Router does not wait for the handlers of a client that has disconnected.
  const withoutSignal = (request: Request): Promise<Response> =>
    handle(
      new Request(request.url, {
        method: request.method,
        headers: request.headers,
        body: request.body,
        duplex: 'half',
      }),
    )
  return listen(createServer(toNodeHandler(withoutSignal)))
}

/** `sessera/react-router` on a server of Node, for the conformance suite. */
export const reactRouterHarness: AdapterHarness = {
  async serve(sessions, routes, mounts) {
    const { sessionContext } = await import('sessera/react-router')
    const middleware = Array.from({ length: mounts }, () => reactRouterSessions(sessions)).flat()
    const modules = Object.entries(routes).map(([path, route]): [string, RouteModule] => {
      const respond = async ({ context }: RouteArguments): Promise<Response> => {
        try {
          return fetchResponse(await route(context.get(sessionContext)))
        } catch (error) {
          if (error instanceof Response) throw error
          throw new Response(null, { status: (error as { status?: number }).status ?? 500 })
        }
      }
      return [path, { loader: respond, action: respond }]
    })
    return listenWithRouter({ root: { middleware }, routes: Object.fromEntries(modules) })
  },
  redirect: redirectTo,
}
