import { pathToFileURL } from 'node:url'
import { pathInPackages } from '../../support/packages.js'
import type { Request, RequestHandler } from 'express'
import { elementsIn, type Api } from './api.js'

/** What is used of express-session and connect-redis, the originals and ours alike. */
interface Pair {
  readonly session: (options: object) => RequestHandler
  readonly RedisStore: new (options: { client: object }) => object
}

type Done = (error?: unknown) => void

interface PairSession extends Record<string, unknown> {
  user?: string
  regenerate(done: Done): void
  destroy(done: Done): void
}

export async function openDropIn(client: object): Promise<Api> {
  const { session } = (await import('sessera/express-session')) as unknown as Pick<Pair, 'session'>
  const { RedisStore } = (await import('sessera/connect-redis')) as unknown as Pick<Pair, 'RedisStore'>
  return openPair({ session, RedisStore }, client)
}

/** The originals. */
export async function openPeer(client: object): Promise<Api> {
  const load = (path: string): Promise<unknown> => import(pathToFileURL(pathInPackages('compatibility', path)).href)
  const { default: session } = (await load('express-session/index.js')) as { default: Pair['session'] }
  const { RedisStore } = (await load('connect-redis/dist/connect-redis.js')) as Pick<Pair, 'RedisStore'>
  return openPair({ session, RedisStore }, client)
}

/** The same application code for both, with the options that the documentation of the originals advises. */
function openPair({ session, RedisStore }: Pair, client: object): Api {
  const sessionIn = (request: Request): PairSession => (request as unknown as { session: PairSession }).session

  async function regenerate(request: Request): Promise<PairSession> {
    await called((done) => sessionIn(request).regenerate(done))
    return sessionIn(request)
  }

  return {
    middleware: session({
      store: new RedisStore({ client }),
      secret: 'only for tests',
      resave: false,
      saveUninitialized: false,
      cookie: { secure: true, sameSite: 'lax' },
    }),
    visit: (request) => ({
      user: sessionIn(request).user,
      elements: () => elementsIn(sessionIn(request)),
      add(element, value) {
        sessionIn(request)[element] = value
      },
      async signIn(user, simply) {
        if (!simply) await regenerate(request)
        sessionIn(request).user = user
      },
      async rotate() {
        const { user, ...data } = sessionIn(request)
        const kept = elementsIn(data).map((element) => [element, data[element]])
        Object.assign(await regenerate(request), { user }, Object.fromEntries(kept))
      },
      signOut: () => called((done) => sessionIn(request).destroy(done)),
    }),
  }
}

function called(call: (done: Done) => void): Promise<void> {
  return new Promise((resolve, reject) => call((error) => (error ? reject(error) : resolve())))
}
