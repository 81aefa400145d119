import { createServer } from 'node:http'
import express, { type Express, type Request, type RequestHandler } from 'express'
import type { session as expressSession } from 'sessera/express-session'
import { RedisStore } from 'sessera/connect-redis'
import { session } from 'sessera/express-session'
import { createSessions } from 'sessera'
import { expressSessions, sessionOf } from 'sessera/express'
import { redisStore, type RedisClient } from 'sessera/redis'
import { requireFrom } from '../../support/packages.js'
import { listenInTest } from '../../support/listen-in-test.js'

/** How a backend differs from one as applications run it: `leaving` leaves sessions that others must renew. */
export type Kind = 'plain' | 'leaving'

/** Starts an application with a route for each case until the test is over, and resolves to its origin. */
export type StartBackend = (client: RedisClient, kind: Kind) => Promise<string>

interface Data {
  note?: string
}

/** 200 bytes of JSON: `{"note":"…"}`. */
const note = (letter: string): string => letter.repeat(189)

/** The native API on Express. */
export const native: StartBackend = async (client, kind) => {
  const store = redisStore({ client })
  const behindMs = kind === 'leaving' ? 10 * 60_000 : 0
  const sessions = createSessions<Data>({
    store: { ...store, now: () => store.now() - behindMs },
    cookie: { secure: false },
    deadline: '10s',
  })
  const its = (request: Request) => sessionOf(sessions, request)
  const app = express().use(expressSessions(sessions))
  answer(app, {
    '/plain': () => 'plain',
    '/read': (request) => its(request).data.note,
    '/who': (request) => its(request).userId,
    '/fill': (request) => void (its(request).data.note = note('x')),
    '/write': (request) => void (its(request).data.note = note('y')),
    '/sign-in': (request) => its(request).signIn('user-12345', { keep: ['note'] }),
    '/sign-out': (request) => its(request).end(),
  })
  return serve(app)
}

/** The drop-in for express-session and connect-redis. */
export const dropIn: StartBackend = async (client, kind) =>
  serve(shop(session, new RedisStore({ client, deadline: '10s', ttl: ttlOf(kind) })))

/** The drop-in with the option `userId`. */
export const dropInWithUsers: StartBackend = async (client, kind) => {
  const userId = ({ user }: ShopSession): string | undefined => user
  const its: ExpressSession = (options) => session({ ...options, userId })
  return serve(shop(its, new RedisStore({ client, deadline: '10s', ttl: ttlOf(kind) })))
}

/** express-session and connect-redis themselves. */
export const pair: StartBackend = async (client, kind) => {
  const load = requireFrom('compatibility')
  const { RedisStore: Original } = load('connect-redis') as { RedisStore: typeof RedisStore }
  return serve(shop(load('express-session') as ExpressSession, new Original({ client, ttl: ttlOf(kind) })))
}

const ttlOf = (kind: Kind): number => (kind === 'leaving' ? 3600 : 86_400)

type ExpressSession = (options: expressSession.SessionOptions) => RequestHandler

interface ShopSession extends expressSession.Session {
  note?: string
  user?: string
}

/** The same application for the drop-in and for what it replaces. */
function shop(session: ExpressSession, store: expressSession.Store): Express {
  const app = express().use(session({ secret: 'keyboard cat', store, resave: false, saveUninitialized: false }))
  const its = (request: Request) => (request as unknown as { session: ShopSession }).session
  const done = (work: (callback: (error?: Error) => void) => unknown): Promise<void> =>
    new Promise((resolve, reject) => void work((error) => (error ? reject(error) : resolve())))
  answer(app, {
    '/plain': () => 'plain',
    '/read': (request) => its(request).note,
    '/who': (request) => its(request).user,
    '/fill': (request) => void (its(request).note = note('x')),
    '/write': (request) => void (its(request).note = note('y')),
    '/sign-in': async (request) => {
      const kept = its(request).note
      await done((callback) => its(request).regenerate(callback))
      Object.assign(its(request), { user: 'user-12345', ...(kept && { note: kept }) })
    },
    '/sign-out': (request) => done((callback) => its(request).destroy(callback)),
  })
  return app
}

type Routes = Readonly<Record<string, (request: Request) => string | undefined | void | Promise<void>>>

function answer(app: Express, routes: Routes): void {
  for (const [path, route] of Object.entries(routes)) {
    app.get(path, async (request, response) => {
      response.type('text').send((await route(request)) ?? '')
    })
  }
}

async function serve(app: Express): Promise<string> {
  return (await listenInTest(createServer(app))).origin
}
