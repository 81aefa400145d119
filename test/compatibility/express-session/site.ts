import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { session } from 'sessera/express-session'
import type { AnyRequest } from '../../../src/express-session/api/loose-types.js'
import { type BrowserResponse, openBrowser } from '../../../src/testing/browser.js'
import { listenInTest } from '../../support/listen-in-test.js'
import type { Module } from './modules.js'

/** A request after the middleware, as loosely typed as handlers in JavaScript take it. */
export type Request = IncomingMessage & {
  session: session.Session & Record<string, AnyRequest>
  sessionID: string
  sessionStore: session.Store
}

export interface Site {
  readonly url: string
  /** Errors that reached `next`, in their order. */
  readonly errors: unknown[]
  /** Sends a request; `cookie` is a Set-Cookie value or the answer that brought it. */
  ask(cookie?: string | Answer, path?: string): Promise<Answer>
}

export type Answer = BrowserResponse

type Handler = (request: Request, response: ServerResponse) => unknown

/** A server with the middleware and one handler. An error before the first byte is answered by its status and message. */
export async function serve(
  session: Module,
  options: session.SessionOptions,
  handler: Handler,
  prepare?: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Site> {
  const middleware = session({ secret: 'keyboard cat', resave: false, saveUninitialized: false, ...options })
  const errors: unknown[] = []
  const server = createServer((request, response) => {
    prepare?.(request, response)
    middleware(request, response, (error?: AnyRequest) => {
      if (!error) return void handler(request as Request, response)
      errors.push(error)
      if (response.headersSent) return
      response.statusCode = error.status ?? 500
      response.end(String(error.message))
    })
  })
  const { origin: url } = await listenInTest(server)
  return {
    url,
    errors,
    ask: (cookie, path = '/') => openBrowser(url).visit(path, { cookie: cookieHeader(cookie) }),
  }
}

function cookieHeader(cookie: string | Answer = ''): string {
  const given = typeof cookie === 'object' ? cookie.setCookies.at(-1) : cookie
  return given?.split(';', 1)[0] ?? ''
}
