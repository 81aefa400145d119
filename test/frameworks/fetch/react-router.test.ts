import { createSessions, memoryStore, SesseraError, type SessionStore } from 'sessera'
import { reactRouterSessions, sessionContext, sessionOf } from 'sessera/react-router'
import { describeAdapter } from 'sessera/testing'
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { openBrowser, type Browser } from '../../../src/testing/browser.js'
import { ensurePackages, requireFrom } from '../../support/packages.js'
import type { RouteArguments, RouterApplication } from './react-router-harness.js'

await ensurePackages('frameworks/fetch')
const { listenWithRouter, reactRouterHarness } = await import('./react-router-harness.js')
const require = requireFrom('frameworks/fetch')
const { createElement } = require('react') as { createElement(type: unknown, properties?: object): object }
const { renderToString } = require('react-dom/server') as { renderToString(element: object): string }
const { isRouteErrorResponse, Outlet, redirect, ServerRouter, useLoaderData, useRouteError } =
  require('react-router') as Record<'Outlet' | 'ServerRouter', unknown> & {
    isRouteErrorResponse(error: unknown): error is { readonly status: number; readonly data: unknown }
    redirect(location: string): Response
    useLoaderData(): unknown
    useRouteError(): Error
  }

// What nobody handles is printed.
const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
afterAll(() => printed.mockRestore())

describeAdapter({ describe, it }, 'the adapter for React Router', reactRouterHarness)

function Page(): object {
  return createElement('p', { children: `page ${JSON.stringify(useLoaderData())}` })
}

function ErrorBoundary(): object {
  const error = useRouteError()
  const text = isRouteErrorResponse(error) ? `${error.status} ${String(error.data)}` : error.message
  return createElement('p', { children: `boundary ${text}` })
}

const sessionIn = ({ context }: RouteArguments) => context.get(sessionContext)

async function open(
  application: Omit<RouterApplication, 'root' | 'page'>,
  { store = {}, root = {} }: { store?: Partial<SessionStore>; root?: Partial<RouterApplication['root']> } = {},
): Promise<Browser> {
  const sessions = createSessions({ store: { ...memoryStore(), ...store }, cookie: { secure: false } })
  const { origin, close } = await listenWithRouter({
    root: { middleware: reactRouterSessions(sessions), default: () => createElement(Outlet), ErrorBoundary, ...root },
    page: ({ url }, status, headers, context) => {
      headers.set('Content-Type', 'text/html')
      return new Response(renderToString(createElement(ServerRouter, { context, url })), { status, headers })
    },
    ...application,
    routes: { '/look': { loader: (route) => Response.json(sessionIn(route).data) }, ...application.routes },
  })
  onTestFinished(close)
  return openBrowser(origin)
}

const down = { insert: () => Promise.reject(new Error('down')) }

describe('the adapter for React Router', () => {
  it('stores what loaders that run at the same time change', async () => {
    const browser = await open(
      {
        routes: {
          '/page': {
            loader: (route) => (sessionIn(route).data['page'] = 1),
            default: Page,
          },
        },
      },
      { root: { loader: (route) => void (sessionIn(route).data['root'] = 1) } },
    )
    const { status, body, setCookies } = await browser.visit('/page')
    expect([status, setCookies.length]).toEqual([200, 1])
    expect(body).toContain('page 1')
    expect(JSON.parse((await browser.visit('/look')).body)).toEqual({ root: 1, page: 1 })
  })

  it.each(['/go', '/go.data'])('stores the session of a loader that redirects: %s', async (path) => {
    const browser = await open({
      routes: {
        '/go': {
          loader(route) {
            sessionIn(route).signIn('ada')
            throw redirect('/look')
          },
          default: Page,
        },
        '/who': { loader: (route) => new Response(sessionIn(route).userId) },
      },
    })
    const { status, headers, setCookies } = await browser.visit(path)
    expect([status, headers.location]).toEqual(path === '/go' ? [302, '/look'] : [202, undefined])
    expect([setCookies.length, headers['cache-control']]).toEqual([1, 'no-store'])
    expect((await browser.visit('/who')).body).toBe('ada')
  })

  it('stores the session of an action, whose page is rendered with it', async () => {
    const browser = await open({
      routes: {
        '/cart': {
          action: (route) => void (sessionIn(route).data['cart'] = ['tea']),
          loader: (route) => sessionIn(route).data['cart'],
          default: Page,
        },
      },
    })
    expect((await browser.visit('/cart', { method: 'POST' })).body).toContain('page [&quot;tea&quot;]')
    expect((await browser.visit('/look')).body).toBe('{"cart":["tea"]}')
  })

  it('stores the session of a loader whose error the boundary shows', async () => {
    const browser = await open({
      routes: {
        '/fail': {
          loader(route) {
            sessionIn(route).data['tries'] = 1
            throw new Response('no tea', { status: 418 })
          },
          default: Page,
        },
      },
    })
    const { status, body } = await browser.visit('/fail')
    expect([status, body]).toEqual([418, expect.stringContaining('boundary 418 no tea')])
    expect((await browser.visit('/look')).body).toBe('{"tries":1}')
  })

  it.each(['/page', '/page.data'])('gives a session that cannot be stored to handleError: %s', async (path) => {
    const handleError = vi.fn<(error: unknown) => void>()
    const browser = await open(
      {
        handleError,
        routes: {
          '/page': {
            loader(route) {
              sessionIn(route).data['cart'] = []
              return 'secret'
            },
            default: Page,
          },
        },
      },
      { store: down, root: { headers: () => ({ 'Set-Cookie': 'theme=dark' }) } },
    )
    const { status, headers, setCookies, body } = await browser.visit(path)
    expect([status, headers['cache-control'], setCookies]).toEqual([503, 'private', []])
    expect(Number(headers['retry-after'])).toBeGreaterThan(0)
    expect(body).toContain(path === '/page' ? 'boundary Unexpected Server Error' : 'SanitizedError')
    expect(handleError).toHaveBeenCalledOnce()
    expect(handleError.mock.calls[0]?.[0]).toSatisfy(
      (error: unknown) => SesseraError.is(error) && error.code === 'STORE_UNAVAILABLE',
    )
  })

  it('leaves other errors of middleware as they are', async () => {
    const failing = () => Promise.reject(new Error('else'))
    const browser = await open({ routes: { '/': { middleware: [failing], loader: () => null } } })
    const { status, headers } = await browser.visit('/')
    expect([status, headers['retry-after']]).toEqual([500, undefined])
  })

  it('gives the session of the sessions that were mounted, with their type', async () => {
    const visits = createSessions<{ visits: number }>({ store: memoryStore(), cookie: { secure: false } })
    const { origin, close } = await listenWithRouter({
      root: { middleware: reactRouterSessions(visits) },
      routes: {
        '/': { loader: ({ request }) => Response.json((sessionOf(visits, request).data.visits = 1)) },
        '/other': { loader: ({ request }) => Response.json(sessionOf(createSessions(), request).data) },
      },
    })
    onTestFinished(close)
    const browser = openBrowser(origin)
    expect((await browser.visit('/')).body).toBe('1')
    expect((await browser.visit('/other')).status).toBe(500)
  })
})
