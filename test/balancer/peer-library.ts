import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Request, RequestHandler } from 'express'
import type { Data, SessionLibrary } from './shop.js'

/** What is used of express-session, which is installed in test/peers/ only when it is compared with. */
interface PeerSession extends Data {
  user?: string
  regenerate(done: (error?: unknown) => void): void
  destroy(done: (error?: unknown) => void): void
  save(done: (error?: unknown) => void): void
}
type ExpressSession = (options: object) => RequestHandler
type ConnectRedis = { readonly RedisStore: new (options: { client: object }) => object }

const folder = fileURLToPath(new URL('../peers/', import.meta.url))

/** Installs the packages of test/peers/ when they are not there. */
export function ensurePeers(): void {
  if (existsSync(`${folder}node_modules/connect-redis`)) return
  const npm = process.env['npm_execpath']
  const [command, ...first] = npm?.endsWith('.js') ? [process.execPath, npm] : (['npm'] as const)
  execFileSync(command, [...first, 'ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder })
}

/** express-session with connect-redis, with the options that their documentation advises. */
export async function openPeer(client: object): Promise<SessionLibrary> {
  const load = (path: string): Promise<unknown> => import(pathToFileURL(`${folder}node_modules/${path}`).href)
  const { default: expressSession } = (await load('express-session/index.js')) as { default: ExpressSession }
  const { RedisStore } = (await load('connect-redis/dist/connect-redis.js')) as ConnectRedis
  const sessionIn = (request: Request): PeerSession => (request as unknown as { session: PeerSession }).session

  return {
    middleware: expressSession({
      store: new RedisStore({ client }),
      secret: 'only for tests',
      resave: false,
      saveUninitialized: false,
      cookie: { secure: true, sameSite: 'lax' },
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

function called(call: (done: (error?: unknown) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => call((error) => (error ? reject(error) : resolve())))
}
