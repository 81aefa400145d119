import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { session } from 'sessera/express-session'
import { openBrowser, type Browser } from '../../../src/testing/browser.js'
import { listenInTest } from '../../support/listen-in-test.js'

type Middleware = ReturnType<typeof session>

/** A request after the middleware. */
export type Request = IncomingMessage & { session: session.Session & { user?: unknown; note?: string } }

/** A backend whose visitors sign in by setting a user. */
export interface Shop extends Pick<Middleware, 'sessions'> {
  /** A browser that has not been here. */
  browser(): Browser
}

interface Ways {
  /** Before the session of a request is opened. */
  readonly onRequest?: (request: IncomingMessage) => unknown
  readonly routes?: Readonly<Record<string, (request: Request, shop: Pick<Shop, 'sessions'>, value: string) => unknown>>
}

interface Failure extends Error {
  readonly status?: number
  readonly code?: string
}

const ownRoutes: Required<Ways>['routes'] = {
  async 'sign-in'({ session }, _shop, user) {
    await session.regenerate()
    const { req } = session as unknown as { req: Request }
    req.session.user = user
  },
  'sign-in-here': ({ session }, _shop, user) => void (session.user = user),
  note: ({ session }, _shop, note) => void (session.note = note),
  read: ({ session }) => session.note,
  leave: ({ session }) => void delete session.user,
  'sign-out': ({ session }) => session.destroy(),
  who: ({ session }) => session.user,
  wait: () => {},
}

/** Starts a backend until the test is over. Errors are answered by their status and code. */
export async function openShop(options: session.SessionOptions, { onRequest, routes = {} }: Ways = {}): Promise<Shop> {
  const middleware = session({
    secret: 'keyboard cat',
    resave: false,
    saveUninitialized: false,
    userId: ({ user }) => user as string | undefined,
    ...options,
  })
  const all = { ...ownRoutes, ...routes }
  const answer = async (request: Request, response: ServerResponse): Promise<void> => {
    const [, name = '', value = ''] = request.url?.split('/') ?? []
    const result: unknown = await all[name]?.(request, middleware, decodeURIComponent(value))
    response.end(typeof result === 'string' ? result : JSON.stringify(result))
  }
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const fail = (error: Failure): void => {
      response.statusCode = error.status ?? 500
      response.end(String(error.code ?? error))
    }
    await onRequest?.(request)
    middleware(request, response, (error?: Failure) => {
      if (error) fail(error)
      else answer(request as Request, response).catch(fail)
    })
  }
  const { origin } = await listenInTest(createServer((request, response) => void serve(request, response)))
  return { sessions: middleware.sessions, browser: () => openBrowser(origin) }
}

/** A browser that has just signed in. */
export async function signedIn(shop: Shop, user: string): Promise<Browser> {
  const browser = shop.browser()
  await browser.visit(`/sign-in/${user}`)
  return browser
}

export async function whoIs(browser: Browser): Promise<string> {
  return (await browser.visit('/who')).body
}
