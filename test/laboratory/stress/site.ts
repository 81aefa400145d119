import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http'
import type { session } from 'sessera/express-session'
import type { AnySession } from '../../../src/express-session/api/loose-types.js'
import type { Side, Store } from './sides.js'
import { listen } from '../../support/listen.js'

export type Request = IncomingMessage & { session: AnySession }

export interface Answer {
  /** `undefined`: none came in the time that was given. */
  readonly status: number | undefined
  readonly cookie: string | undefined
  readonly body: string
  /** From sending to the head of the answer. */
  readonly headAfterMs: number
}

export interface Site {
  /** Resolves with the head, and reads the rest; gives up after `withinMs`. */
  ask(path: string, cookie?: string, withinMs?: number): Promise<Answer>
  close(): void
}

/** A server of one side, with one handler. */
export async function openSite(
  { session }: Side,
  store: Store,
  handler: (request: Request, response: ServerResponse) => unknown,
  cookie: session.CookieOptions = {},
): Promise<Site> {
  const middleware = session({ secret: 'stress', resave: false, saveUninitialized: false, store, cookie })
  const server = createServer((request, response) => {
    const fail = (error: { readonly status?: number }): void => {
      if (response.headersSent) return void response.destroy()
      response.statusCode = error.status ?? 500
      response.end()
    }
    middleware(request, response, (error?: { readonly status?: number }) => {
      if (error) return fail(error)
      void (async () => handler(request as Request, response))().catch(fail)
    })
  })
  const { port } = await listen(server)
  return {
    ask: (path, cookieSent, withinMs = 20_000) => ask(port, path, cookieSent, withinMs),
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

function ask(port: number, path: string, cookie: string | undefined, withinMs: number): Promise<Answer> {
  const started = performance.now()
  return new Promise((resolve) => {
    const sent = send({ host: '127.0.0.1', port, path, agent: false, headers: cookie ? { cookie } : {} })
    const giveUp = (): void => {
      resolve({ status: undefined, cookie: undefined, body: '', headAfterMs: performance.now() - started })
      sent.destroy()
    }
    const timer = setTimeout(giveUp, withinMs)
    sent.on('error', giveUp)
    sent.on('response', (response) => {
      clearTimeout(timer)
      const headAfterMs = performance.now() - started
      const given = response.headers['set-cookie']?.[0]?.split(';', 1)[0]
      let body = ''
      const answer = (): void => resolve({ status: response.statusCode, cookie: given, body, headAfterMs })
      // Who follows a redirect does so when the head is there.
      if (response.statusCode === 302) answer()
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
      response.on('end', answer).on('error', answer)
    })
    sent.end()
  })
}

/** Calls a method that takes a callback. */
export function called(call: (done: (error?: unknown) => void) => unknown): Promise<void> {
  return new Promise((resolve, reject) => void call((error) => (error ? reject(error) : resolve())))
}
