import type { Request, RequestHandler } from 'express'
import type { RedisClient } from 'sessera/redis'
import { requireFrom } from '../packages.js'
import type { Data, SessionLibrary } from './shop.js'

/** express-session with connect-redis, or what is used as they are. */
export interface Pair {
  readonly session: (options: object) => RequestHandler
  readonly RedisStore: new (options: { readonly client: RedisClient; readonly deadline: '30s' }) => object
}

/** express-session and connect-redis themselves, which must be installed. */
export function loadOriginals(): Pair {
  const load = requireFrom('compatibility')
  const { RedisStore } = load('connect-redis') as Pick<Pair, 'RedisStore'>
  return { session: load('express-session') as Pair['session'], RedisStore }
}

/** What is used of `req.session`. */
interface ExpressSession extends Data {
  user?: string
  regenerate(done: (error?: unknown) => void): void
  destroy(done: (error?: unknown) => void): void
  save(done: (error?: unknown) => void): void
}

/** The pair with the options that the documentation of the original advises, and others besides. */
export function openExpressSession(
  { session, RedisStore }: Pair,
  client: RedisClient,
  options: Options = {},
): SessionLibrary {
  const sessionIn = (request: Request): ExpressSession => (request as unknown as { session: ExpressSession }).session
  const { cookie, ...others } = options

  return {
    middleware: session({
      // The deadline, which only ours knows, is for a computer that is busy with other things.
      store: new RedisStore({ client, deadline: '30s' }),
      secret: 'only for tests',
      resave: false,
      saveUninitialized: false,
      cookie: { secure: true, sameSite: 'lax', ...cookie },
      ...others,
    }),
    sessionOf: (request) => ({
      userId: sessionIn(request).user,
      data: sessionIn(request),
      async signIn(userId) {
        await called((done) => sessionIn(request).regenerate(done))
        sessionIn(request).user = userId
      },
      end: () => called((done) => sessionIn(request).destroy(done)),
      async update(change) {
        change(sessionIn(request))
      },
      save: () => called((done) => sessionIn(request).save(done)),
    }),
    async close() {},
  }
}

export interface Options {
  readonly secret?: readonly string[]
  readonly cookie?: { readonly maxAge?: number }
  readonly rolling?: boolean
}

function called(call: (done: (error?: unknown) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => call((error) => (error ? reject(error) : resolve())))
}
