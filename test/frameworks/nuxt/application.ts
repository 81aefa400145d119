import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { Session, Sessions } from 'sessera'
import type { NuxtSessionsOptions, nuxtSessions, requireRecentSignIn, requireUser, sessionOf } from 'sessera/nuxt'
import { buildNuxt, compile } from '../../support/commands.js'
import { listen } from '../../support/listen.js'
import { ensurePackages } from '../../support/packages.js'

type Data = Record<string, unknown>

export interface NuxtEvent {
  readonly path: string
  readonly node: { readonly req: IncomingMessage; readonly res: ServerResponse }
  readonly context: { readonly session: Session<Data> }
}

/** What server code of the built application has without importing it, and `nuxtSessions`. */
export interface Tools {
  readonly nuxtSessions: typeof nuxtSessions
  readonly requireUser: typeof requireUser
  readonly requireRecentSignIn: typeof requireRecentSignIn
  readonly sessionOf: typeof sessionOf
}

/** What the built application does besides what is in `application/`. */
export interface Application {
  readonly sessions: Sessions<Data>
  readonly sessionOptions?: NuxtSessionsOptions
  /** In a middleware of its own. What responds to nothing leaves the request to the routes and pages. */
  respond?(event: NuxtEvent, tools: Tools): unknown
}

await ensurePackages('frameworks/nuxt')
const compiled = await compile()
if (!compiled.ok) throw new Error(compiled.output)
const built = await buildNuxt('test/frameworks/nuxt/application')
if (!built.ok) throw new Error(built.output)

const output = new URL('../../../build/nuxt/output/server/index.mjs', import.meta.url)
let backends = 0

/** Starts a backend of the application: what Nitro built, loaded anew. */
export async function serveApplication(application: Application): ReturnType<typeof listen> {
  Object.assign(globalThis, { sesseraApplication: application })
  const names = ['unhandledRejection', 'uncaughtException'] as const
  const before = names.map((name) => process.listeners(name as 'exit'))
  output.search = `?${(backends += 1)}`
  const { listener } = (await import(/* @vite-ignore */ output.href)) as { listener: RequestListener }
  // It prints what nobody handles, which is for the test to hear.
  for (const [index, name] of names.entries()) {
    const added = process.listeners(name as 'exit').filter((each) => !before[index]?.includes(each))
    for (const each of added) process.off(name, each)
  }
  return listen(createServer(listener))
}
